"""Who must never land: accounts as keyed hashes of their ids and handles."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

PEOPLE, PERSON = "people", "person:"


def hash_key(secret: bytes, platform: str, value: str) -> bytes:
    """The keyed hash under which an id or handle is suppressed; case does not matter."""
    return hmac.digest(secret, f"{platform}\n{value.casefold()}".encode(errors="surrogatepass"), hashlib.sha256)


def listed(secret: bytes, platform: str, account: str) -> tuple[str, bytes]:
    """Under what an account is listed: a person by name or id (`person:…`) is the same one on every platform."""
    where = PEOPLE if account.startswith(PERSON) else platform
    return where, hash_key(secret, where, account)


def opt_out(connection: Connection, secret: bytes, accounts: Iterable[tuple[str, str]], since: datetime) -> int:
    """Suppresses these (platform, id or handle); returns how many were not suppressed before."""
    _stage(connection, secret, accounts)
    return connection.execute(
        text(
            "insert into people.suppression (platform, key_hash, reason, since)"
            " select platform, key_hash, 'opt_out', :since from told_account on conflict do nothing"
        ),
        {"since": since},
    ).rowcount


def erase(connection: Connection, secret: bytes, accounts: Iterable[tuple[str, str]], since: datetime) -> int:
    """Suppresses these, and what was learnt from them, for good; returns how many are erased that were not before."""
    _stage(connection, secret, accounts)
    return connection.execute(text(ERASE), {"since": since}).rowcount


def erased(connection: Connection, secret: bytes, accounts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these are somebody's who was erased."""
    asked = list(accounts)
    rows = connection.execute(text("select platform, key_hash from people.suppression where reason = 'erasure'"))
    gone = {(platform, bytes(key_hash)) for platform, key_hash in rows}
    return {one for one in asked if listed(secret, *one) in gone} if gone else set()


def opt_in(connection: Connection, secret: bytes, accounts: Iterable[tuple[str, str]]) -> int:
    """Lifts an opt-out, with what was learnt from it, never an erasure; returns how many were suppressed before."""
    _stage(connection, secret, accounts)
    return connection.execute(
        text(
            "delete from people.suppression using told_account as told where suppression.reason = 'opt_out'"
            " and suppression.platform = told.platform"
            " and told.key_hash in (suppression.key_hash, suppression.learnt_from)"
        )
    ).rowcount


def learn(connection: Connection, learnt: Iterable[tuple[str, bytes, bytes]]) -> None:
    """Suppresses other names of suppressed accounts: (platform, hash, the suppressed hash it was met beside).

    They are suppressed since the account is.
    """
    told = sorted(set(learnt))
    if told:
        platforms, hashes, known = zip(*told, strict=True)
        values = {"platforms": list(platforms), "hashes": list(hashes), "known": list(known)}
        connection.execute(text(LEARN), values)


def _stage(connection: Connection, secret: bytes, accounts: Iterable[tuple[str, str]]) -> None:
    from warehouse.landing import binary  # landing needs the sieve, and the sieve needs the hashes of this module

    connection.execute(text("drop table if exists told_account"))
    connection.execute(text("create temp table told_account (platform text, key_hash bytea) on commit drop"))
    rows = {listed(secret, platform, value) for platform, value in accounts}
    binary.copy(connection, "told_account", (("platform", "text"), ("key_hash", "bytea")), sorted(rows))


ERASE = """
with told as (
  select platform, key_hash from told_account
  union
  select beside.platform, beside.key_hash
  from people.suppression as beside
  join told_account as told on told.platform = beside.platform and told.key_hash = beside.learnt_from
)
insert into people.suppression as known (platform, key_hash, reason, since)
select platform, key_hash, 'erasure', :since from told
on conflict (platform, key_hash) do update set reason = 'erasure', learnt_from = null
where known.reason <> 'erasure'
"""

LEARN = """
insert into people.suppression (platform, key_hash, reason, since, learnt_from)
select told.platform, told.key_hash, beside.reason, beside.since, coalesce(beside.learnt_from, beside.key_hash)
from unnest(cast(:platforms as text[]), cast(:hashes as bytea[]), cast(:known as bytea[]))
  as told (platform, key_hash, known)
join people.suppression as beside on beside.platform = told.platform and beside.key_hash = told.known
on conflict do nothing
"""
