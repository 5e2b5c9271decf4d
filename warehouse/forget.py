"""Erasing a person: everything that shows them leaves the warehouse, and nothing brings it back.

Everything happens in the caller's transaction. First it is found out what is theirs: accounts, posts (their own, those
made on their behalf, those that a reviewer said are theirs), handles, names. All of that is suppressed for good. Then
their rows leave every table: which tables, and by which columns, is read from the database's catalogue. What other
people wrote about them stays, without their names. At the end the whole database is searched, and a single trace
undoes it all: better nothing than a receipt that is not true. Tables that are not ours and hold no more than the
roster's id or an analyst's key are named in the receipt, for people to look through.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path

from sqlalchemy import Connection, text

from warehouse import others, traces
from warehouse.errors import AlreadyRunning, StillThere, UnknownPerson
from warehouse.landing import binary
from warehouse.people import suppression
from warehouse.people.handles import plain_name
from warehouse.people.roster import forms
from warehouse.survey import erasure as survey_erasure
from warehouse.traces import Hit, Traces

HERE = Path(__file__).parent / "forgetting"
THEIRS, WORDS, COMMON, BLOG, FROZEN = (
    (HERE / f"{name}.sql").read_text(encoding="utf-8") for name in ("theirs", "words", "common", "blog", "frozen")
)

RULES: dict[tuple[str, ...], str] = {
    ("person_id",): "t.person_id = :person",
    ("source_person",): "t.source_person = :person",
    ("target_person",): "t.target_person = :person",
    ("platform", "account_id"): "(t.platform, t.account_id) in (select platform, account_id from their_account)",
    ("platform", "post_id"): "(t.platform, t.post_id) in (select platform, post_id from their_post)",
    ("platform", "key"): "(t.platform, t.key) in (select platform, post_id from their_post)",
    ("platform", "actor_account"): "(t.platform, t.actor_account) in (select platform, account_id from their_account)",
    (
        "platform",
        "target_account",
    ): "(t.platform, t.target_account) in (select platform, account_id from their_account)",
    ("platform", "actor_handle"): "(t.platform, t.actor_handle) in (select platform, handle from their_handle)",
    ("platform", "target_handle"): "(t.platform, t.target_handle) in (select platform, handle from their_handle)",
    ("platform", "target_post"): "(t.platform, t.target_post) in (select platform, post_id from their_post)",
    ("subject",): (
        "string_to_array(regexp_replace(t.subject, '^(account|post|pair|person):', ''), ' + ')"
        " && (select array_agg(subject) from their_subject)"
    ),
}
"""What makes a row theirs, by the columns that its table has."""

TABLES = """
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as relation, n.nspname as schema,
  array_agg(a.attname::text) as columns
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname = any(:ours)
group by 1, 2 order by 1
"""
POINTS_TO = """
select conrelid::regclass::text as child, confrelid::regclass::text as parent
from pg_constraint where contype = 'f' and conrelid <> confrelid
"""
SAID_OF_SERVERS = "update core.run_platform set to_mend = '{}' where to_mend <> '{}'"
"""A server may be one person's own. What still holds the next reading says again."""
PUBLISHED_AS_THEIRS = """
insert into their_post
select platform, post_id
from (
  select platform, post_id from marts.fct_items where person_id = :person
  except
  select platform, post_id from their_post
) as counted
join core.item using (platform, post_id)
where concat('account:', platform, ':', account_id) not in (select subject from said_otherwise)
  and concat('post:', platform, ':', post_id) not in (select subject from said_otherwise)
group by platform, post_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What went, in counts; never whose it was."""

    erased_at: datetime
    rows: dict[str, int]
    """Table -> rows that were the person's."""
    rewritten: dict[str, int]
    """Column -> values of others in which the person was named, and is no more."""
    posts: int
    """Posts that stay out whoever shows them again."""
    suppressed: int
    """Ids, handles and names that will never land again, as keyed hashes."""
    elsewhere: tuple[str, ...] = ()
    """Columns of tables that are not ours and hold the roster's id, or an analyst's key, of what was the person's."""
    unread: tuple[str, ...] = ()
    """Tables that are not ours and that the warehouse's owner may not read."""

    def as_json(self) -> dict[str, object]:
        return {
            "erased_at": self.erased_at.isoformat(),
            "rows": self.rows,
            "rewritten": self.rewritten,
            "posts_kept_out": self.posts,
            "names_suppressed": self.suppressed,
            "in_tables_of_others": list(self.elsewhere),
            "tables_not_readable": list(self.unread),
        }


def forget(
    connection: Connection, person_id: str, secret: bytes, now: datetime, *, everywhere: bool = False
) -> Receipt:
    """Erase the person within the caller's transaction. Raises UnknownPerson, AlreadyRunning and StillThere.

    `everywhere`: the words go out of tables that are not ours, too; for a restored backup, which nobody else can clean.

    The caller sees to it that nothing lands and nothing is built meanwhile (`locks.building`, `locks.at_rest`).
    """
    person = {"person": person_id}
    if connection.execute(text("select 1 from people.person where person_id = :person"), person).scalar() is None:
        raise UnknownPerson("Nobody on the roster has this person_id. It is the one in the roster's first column.")
    connection.execute(text("lock table people.person in share row exclusive mode"))
    for statement in THEIRS.split(";\n"):
        connection.execute(text(statement), person)
    if connection.execute(text("select to_regclass('marts.fct_items')")).scalar() is not None:
        connection.execute(text(PUBLISHED_AS_THEIRS), person)
    others.note_keys(connection, person_id)
    words = _traces(connection, person_id)
    suppressed = suppression.erase(connection, secret, _known_by(connection, person_id), now)
    posts = _keep_out(connection, secret, now)
    rows = _delete(connection, person_id) + _leave_the_blog(connection)
    rows["metrics.frozen_row"] += connection.exec_driver_sql(FROZEN).rowcount
    connection.exec_driver_sql(SAID_OF_SERVERS)
    words = _without_what_others_say(connection, words)
    rewritten = survey_erasure.leave(connection, words) + _rewrite(connection, words, rows, everywhere)
    by_id = _refuse_what_is_left(connection, words, person_id)
    receipt = Receipt(
        erased_at=now,
        rows=+rows,
        rewritten=+rewritten,
        posts=posts,
        suppressed=suppressed,
        elsewhere=tuple(others.holding(connection, person_id, by_id)),
        unread=tuple(others.unreadable(connection)),
    )
    _enter(connection, receipt)
    return receipt


def refuse_while_others_run(connection: Connection, run_id: str, campaign_name: str | None = None) -> None:
    """A run that is under way knows the old list of those who must not land. Raises AlreadyRunning.

    `campaign_name`: only its runs, and those of no campaign, are in the way.
    """
    others = text(
        "select verb from core.run where state = 'running' and run_id <> cast(:run as uuid)"
        " and (cast(:campaign as text) is null or coalesce(campaign, :campaign) = :campaign) order by started_at"
    )
    if verb := connection.execute(others, {"run": run_id, "campaign": campaign_name}).scalar():
        raise AlreadyRunning(
            f"A run of `rollcall {verb}` is under way. Nothing was changed: wait until it is done (`rollcall status` "
            "shows it), then start again."
        )


def _refuse_what_is_left(connection: Connection, words: Traces, person_id: str) -> list[Hit]:
    """The hits in tables of others that hold the roster's id and no more. Raises StillThere for any other one."""
    shown, by_id = others.by_more_than_the_id(words, person_id, traces.search(connection, words))
    if left := sorted({hit.column.shown_as for hit in shown}):
        raise StillThere(
            f"The person still shows in {', '.join(left)}, so nothing was erased. A table that is not rollcall's own "
            "has to be cleaned by whoever made it; for any other, please report this."
        )
    return by_id


# ---------------------------------------------------------------- who it is


def _traces(connection: Connection, person_id: str) -> Traces:
    common = {word.casefold() for word in connection.execute(text(COMMON)).scalars() if word}
    words: dict[str, set[str]] = {"id": {person_id}, "handle": set(), "name": set(), "text": set()}
    for kind, word in connection.execute(text(WORDS), {"person": person_id}):
        if word and word.casefold() not in common:
            words[kind].add(word)
    return Traces(
        ids=frozenset(words["id"]),
        handles=frozenset(words["handle"]),
        names=frozenset(words["name"]),
        texts=frozenset(words["text"]),
    )


def _without_what_others_say(connection: Connection, words: Traces) -> Traces:
    """Two people may post the same words, and the other one's stay."""
    said = text(
        "select said from core.item cross join lateral unnest(array[title, text]) as said"
        " where title = any(:texts) or text = any(:texts)"
    )
    others = set(connection.execute(said, {"texts": list(words.texts)}).scalars())
    return Traces(ids=words.ids, handles=words.handles, names=words.names, texts=words.texts - others)


def _known_by(connection: Connection, person_id: str) -> Iterator[tuple[str, str]]:
    """Every form in which a platform or a clerk may name the person, as `suppression` lists it."""
    known = text(
        "select platform, account_id from their_account union select platform, handle from their_handle"
        " union select platform, 'hand:' || handle from their_handle"
    )
    for platform, value in connection.execute(known).all():
        yield from forms(platform, value)
    for name in connection.execute(text("select name from their_name")).scalars().all():
        yield suppression.PEOPLE, f"{suppression.PERSON}{plain_name(name)}"


# ---------------------------------------------------------------- what goes


def _keep_out(connection: Connection, secret: bytes, now: datetime) -> int:
    """Their posts as keyed hashes, so that they stay out also where a route shows them without their author."""
    held = text("select campaign, platform, post_id from core.item join their_post using (platform, post_id)")
    rows = [
        (campaign, platform, suppression.hash_key(secret, platform, post_id))
        for campaign, platform, post_id in connection.execute(held).all()
    ]
    connection.execute(
        text("create temp table keep_out (campaign text, platform text, item_hash bytea) on commit drop")
    )
    binary.copy(connection, "keep_out", (("campaign", "text"), ("platform", "text"), ("item_hash", "bytea")), rows)
    entered = text(
        "insert into core.sieved (campaign, platform, item_hash, reason, first_seen_at, is_erased)"
        " select campaign, platform, item_hash, 'opted_out', :now, true from keep_out"
        " on conflict (campaign, platform, item_hash) do update set reason = 'opted_out', is_erased = true"
    )
    connection.execute(entered, {"now": now})
    return len(rows)


def _delete(connection: Connection, person_id: str) -> Counter[str]:
    """Their rows out of every table, those first that point to others; the builds' work space is emptied whole."""
    found = {row.relation: row for row in connection.execute(text(TABLES), {"ours": list(traces.OURS)})}
    if built := [table for table, row in found.items() if row.schema == "build"]:
        connection.execute(text(f"truncate {', '.join(built)}"))
    gone: Counter[str] = Counter()
    for table in _children_first(connection, found):
        rules = [rule for its, rule in RULES.items() if set(its) <= set(found[table].columns)]
        if rules and found[table].schema != "build":
            statement = text(f"delete from {table} as t where {' or '.join(f'({rule})' for rule in rules)}")
            gone[table] += connection.execute(statement, {"person": person_id}).rowcount
    return gone


def _leave_the_blog(connection: Connection) -> Counter[str]:
    """A post of the blog is whose its byline says: theirs alone go, of several authors only their name.

    A post that somebody else wrote and they published stays that person's, without the account.
    """
    *found, bylines, posts, accounts = BLOG.split(";\n")
    for statement in found:
        connection.execute(text(statement))
    gone = {"core.blog_byline": bylines, "core.blog_post": posts}
    rows = Counter({table: connection.execute(text(statement)).rowcount for table, statement in gone.items()})
    connection.execute(text(accounts))
    return rows


def _children_first(connection: Connection, tables: Mapping[str, object]) -> list[str]:
    order: TopologicalSorter[str] = TopologicalSorter({table: () for table in tables})
    for child, parent in connection.execute(text(POINTS_TO)):
        order.add(parent, child)
    return [table for table in order.static_order() if table in tables]


def _rewrite(connection: Connection, words: Traces, gone: Counter[str], everywhere: bool) -> Counter[str]:
    """What is left of them in rows of others. What could not be read is not rewritten: it goes, and is counted so."""
    found = traces.search(connection, words)
    hits = [hit for hit in found if everywhere or hit.column.table.partition(".")[0] in traces.OURS]
    unread = {hit.row for hit in hits if hit.column.table == "raw.quarantine"}
    if unread:
        statement = text("delete from raw.quarantine where ctid = any(cast(:rows as tid[]))")
        gone["raw.quarantine"] += connection.execute(statement, {"rows": list(unread)}).rowcount
    rest = [hit for hit in hits if hit.column.table != "raw.quarantine"]
    traces.rewrite(connection, words, rest)
    return Counter(hit.column.shown_as for hit in rest)


def _enter(connection: Connection, receipt: Receipt) -> None:
    connection.execute(
        text("insert into people.erasure (erased_at, receipt) values (:at, cast(:receipt as jsonb))"),
        {"at": receipt.erased_at, "receipt": json.dumps(receipt.as_json())},
    )
