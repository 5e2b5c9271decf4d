"""What was erased since a backup was taken is erased again in what was restored, before anybody reads it.

Who it was is not known any more: only keyed hashes are. So every id, handle, name and post that the restored tables
hold is hashed and looked up. People of the roster are erased as `forget` does it; what is left of people who came onto
the roster later is given to a person made for the purpose, who is erased as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Engine, text

from warehouse import forget, locks
from warehouse.backup import erased
from warehouse.errors import BackupError
from warehouse.people import suppression, which_key
from warehouse.people.handles import plain_name

ROSTER = """
select person_id, 'people' as platform, name as value, true as is_name
from people.person cross join lateral unnest(array[person_id, display_name, name_native] || name_aliases) as name
where name <> ''
union
select person_id, platform, value, false
from people.person_handle cross join lateral unnest(array[handle, stable_id]) as value
where value is not null
"""
ACCOUNTS = """
select platform, account_id, value
from (
  select platform, account_id, account_id as value from core.account
  union select platform, account_id, handle from core.account where handle is not null
  union select platform, account_id, handle from core.account_handle
  union select platform, account_id, account_id from core.item
  union select platform, account_id, account_id from core.item_copy
  union select platform, actor_account, actor_account from core.interaction
  union select platform, actor_account, actor_handle from core.interaction where actor_handle is not null
  union select platform, target_account, target_account from core.interaction
  union select platform, target_account, target_handle from core.interaction where target_handle is not null
  union select 'wordpress', account_id, account_id from core.blog_post
) as shown
where account_id is not null
"""
HANDLES = """
select platform, handle from core.account_handle
union select platform, actor_handle from core.interaction where actor_handle is not null
union select platform, target_handle from core.interaction where target_handle is not null
"""
NAMES = """
select on_behalf_of from core.item where on_behalf_of is not null
union select on_behalf_of from core.item_copy where on_behalf_of is not null
union select name from core.blog_byline
"""
POSTS = """
select campaign, platform, post_id from core.item
union select campaign, platform, post_id from core.item_copy
union select campaign, platform, key from raw.item
"""
STAND_IN = """
insert into people.person (person_id, display_name, name_aliases, source, created_at)
values (:person, :person, :names, 'restore', :now)
"""
SAID_OF_THEM = "delete from people.review_decision where subject = any(:subjects)"
NOBODY_ELSES = """
delete from people.account_owner
where (platform, account_id) in (select * from unnest(cast(:platforms as text[]), cast(:accounts as text[])))
"""
THEIRS = """
insert into people.review_decision
  (campaign, queue, subject, evidence, verdict, person_id, decided_by, decided_at, known_from)
select '', 'restore', subject, 'restore', 'person', :person, 'restore', :now, :now
from unnest(cast(:subjects as text[])) as subject
"""
THEIR_HANDLES = """
insert into people.person_handle
  (person_id, platform, handle, match_basis, source, valid_from, valid_to, known_from, known_to)
select :person, platform, handle, 'opt_in', 'roster', '-infinity', 'infinity', :now, 'infinity'
from unnest(cast(:platforms as text[]), cast(:handles as text[])) as told (platform, handle)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What the restored tables hold of people who were erased."""

    people: frozenset[str]
    accounts: frozenset[tuple[str, str]]
    handles: frozenset[tuple[str, str]]
    names: frozenset[str]
    posts: frozenset[tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.people or self.beside_the_roster)

    @property
    def beside_the_roster(self) -> bool:
        return bool(self.accounts or self.handles or self.names or self.posts)

    @property
    def subjects(self) -> list[str]:
        accounts = [f"account:{platform}:{account}" for platform, account in self.accounts]
        return sorted([*accounts, *(f"post:{platform}:{post}" for platform, post in self.posts)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What the list did, in counts."""

    people: int = 0
    rows: int = 0
    posts: int = 0


def apply(engine: Engine, lines: Iterable[str], secret: bytes, key_check: str, now: datetime) -> Applied:
    """The list into the restored warehouse, and everybody on it out of every table. Raises BackupError, StillThere."""
    with engine.begin() as connection:
        erased.enter(connection, lines, key_check)
        which_key.enter(connection, key_check)
        found = left(connection, secret)
    receipts = [_erase(engine, person, secret, now) for person in sorted(found.people)]
    with engine.begin() as connection:
        rest = left(connection, secret)
    if rest.beside_the_roster:
        with engine.begin() as connection:
            stand_in = _stand_in(connection, rest, now)
        receipts.append(_erase(engine, stand_in, secret, now))
    with engine.begin() as connection:
        if left(connection, secret):
            raise BackupError(
                "Somebody who was erased would still be in the restored warehouse, so nothing was restored. This is a "
                "defect of ours: please report it."
            )
    return Applied(
        people=len(found.people),
        rows=sum(sum(receipt.rows.values()) for receipt in receipts),
        posts=sum(receipt.posts for receipt in receipts),
    )


def left(connection: Connection, secret: bytes) -> Left:
    """What of the erased is in the tables, by the hashes of all that is in them."""
    rows = connection.execute(text("select platform, key_hash from people.suppression where reason = 'erasure'"))
    gone = {(platform, bytes(key_hash)) for platform, key_hash in rows}
    out = connection.execute(text("select campaign, platform, item_hash from core.sieved where is_erased"))
    kept_out = {(campaign, platform, bytes(item_hash)) for campaign, platform, item_hash in out}

    def is_gone(platform: str, value: str) -> bool:
        return (platform, suppression.hash_key(secret, platform, value)) in gone

    def is_name_gone(name: str) -> bool:
        return is_gone(suppression.PEOPLE, f"{suppression.PERSON}{plain_name(name)}")

    def told(query: str) -> Iterable[tuple[str, ...]]:
        return (tuple(row) for row in connection.execute(text(query))) if gone or kept_out else ()

    def is_kept_out(campaign: str, platform: str, post: str) -> bool:
        return (campaign, platform, suppression.hash_key(secret, platform, post)) in kept_out

    return Left(
        people=frozenset(
            person for person, platform, value, is_name in told(ROSTER)
            if (is_name_gone(value) if is_name else is_gone(platform, value))
        ),
        accounts=frozenset((p, account) for p, account, value in told(ACCOUNTS) if is_gone(p, value)),
        handles=frozenset((p, handle) for p, handle in told(HANDLES) if is_gone(p, handle)),
        names=frozenset(name for (name,) in told(NAMES) if is_name_gone(name)),
        posts=frozenset((p, post) for campaign, p, post in told(POSTS) if is_kept_out(campaign, p, post)),
    )  # fmt: skip


def _erase(engine: Engine, person: str, secret: bytes, now: datetime) -> forget.Receipt:
    def erase(connection: Connection) -> forget.Receipt:
        return forget.forget(connection, person, secret, now, everywhere=True)

    return _in_one(engine, erase)


def _in_one(engine: Engine, work: Callable[[Connection], forget.Receipt]) -> forget.Receipt:
    with locks.building(engine), locks.at_rest(engine), engine.begin() as connection:
        return work(connection)


def _stand_in(connection: Connection, rest: Left, now: datetime) -> str:
    """Somebody to whom all of it belongs, whatever was said of it before."""
    person = f"erased-{uuid4().hex}"
    given = {"person": person, "now": now}
    connection.execute(text(STAND_IN), {**given, "names": sorted(rest.names)})
    connection.execute(text(SAID_OF_THEM), {"subjects": rest.subjects})
    platforms, accounts = [p for p, _ in sorted(rest.accounts)], [account for _, account in sorted(rest.accounts)]
    connection.execute(text(NOBODY_ELSES), {"platforms": platforms, "accounts": accounts})
    connection.execute(text(THEIRS), {**given, "subjects": rest.subjects})
    platforms, handles = [p for p, _ in sorted(rest.handles)], [handle for _, handle in sorted(rest.handles)]
    connection.execute(text(THEIR_HANDLES), {**given, "platforms": platforms, "handles": handles})
    return person
