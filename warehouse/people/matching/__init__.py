"""Whose an account is (`metrics.md` d), for the accounts that a campaign met. One file per rule, in this order:

0. `reviewer`: a person has decided it; nothing else is asked then.
1. `stable_id`: the roster gives the account's permanent id.
2. `handle`: the account was seen under a handle while the roster says that it was the person's. Its permanent id is
   learnt by that, so later posts are matched under whatever name; and of several accounts that bore the handle only
   the first one is the person's: a recycled handle inherits nobody.
3. `by_hand`: a clerk wrote the person's id, handle or name as the author.
4. `moved`: the person's former account says that it has moved there. `bridge`: it is a bridge's copy of the person's.

Only a basis that the person gave, or a public directory, matches by itself; people who refused collecting or matching
are never matched; an institution's account is nobody's. Of an account that is nobody's, `candidates` tells whose it
might be: nothing is attributed by it, a person decides. Whose a post on somebody's behalf is, and a post about which
a person has decided, is told by the post and not by the account (dbt's `int_items__attributed`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, TextClause, text

from warehouse.people.matching import names

HERE = Path(__file__).parent
CLAIM = text("""
drop table if exists met, matchable, said, seen, borne, claim, decided, owned, nobodys, candidate, roster_name, alike,
  horizon;
create temp table claim (
  platform text, account_id text, person_id text, match_rule text, precedence int, match_basis text,
  valid_from timestamptz, valid_to timestamptz, known_from timestamptz
) on commit drop
""")


def _statement(name: str) -> TextClause:
    return text((HERE / f"{name}.sql").read_text(encoding="utf-8"))


KNOWN = [_statement(name) for name in ("met", "matchable", "said")]
RULES = [_statement(name) for name in ("reviewer", "stable_id", "handle", "by_hand", "owned", "moved", "bridge")]
CANDIDATES, RECORD_CANDIDATES = _statement("candidates"), _statement("record_candidates")
HORIZON, CLOSE, OPEN = _statement("horizon"), _statement("close"), _statement("open")


def learn_owners(connection: Connection, campaign_name: str, as_of: datetime) -> int:
    """Fills `people.account_owner` and `people.account_candidate` with what is known at `as_of`, inside the caller's
    transaction; returns how many owners' rows opened or closed. What is known at any other time stays.
    """
    connection.execute(text("lock table people.account_owner in share row exclusive mode"))
    known = {"campaign": campaign_name, "as_of": as_of}
    connection.execute(CLAIM)
    for statement in KNOWN:
        connection.execute(statement, known)
    names.stage_roster(connection, as_of)
    for statement in RULES:
        connection.execute(statement, known)
    connection.execute(CANDIDATES, known)
    names.suggest(connection)
    connection.execute(RECORD_CANDIDATES)
    connection.execute(HORIZON, known)
    return connection.execute(CLOSE, known).rowcount + connection.execute(OPEN, known).rowcount


def stage_matchable(connection: Connection, as_of: datetime) -> None:
    """The temporary table `matchable`: who may be matched at all, until the end of the caller's transaction."""
    connection.execute(text("drop table if exists matchable"))
    connection.execute(_statement("matchable"), {"as_of": as_of})
