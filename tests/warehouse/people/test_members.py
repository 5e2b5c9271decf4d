"""Whose own posts may be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from connectors.records import Member
from warehouse.people import matching, roster, roster_file, suppression
from warehouse.people.members import members

SECRET = b"a key for tests"
KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 2, 10, tzinfo=UTC)
HEADER = "person_id,name,role,match_basis,handle_x,id_x,consent_collect,valid_from,valid_to"
Roster = Callable[..., None]

SEEN = """
insert into core.account (platform, account_id, handle, observed_at) values ('x', :account, :handle, :at)
on conflict (platform, account_id) do update set handle = excluded.handle;
insert into core.account_handle values ('x', :account, :handle, :at);
insert into core.item (campaign, platform, post_id, source, source_rank, account_id, kind, version_at, hashtags,
  tagged, mentions, links, media_types, media_hashes, audience, flags, content_hash, first_seen_at, observed_at)
values ('itp28', 'x', :account || :handle, 's', 1, :account, 'original', :at, '{}',
  true, '{}', '{}', '{}', '{}', 'public', '{}', '', :at, :at)
"""


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Roster:
    def load(*rows: str, at: datetime = KNOWN) -> None:
        path = tmp_path / "roster.csv"
        path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
        roster.load(engine, roster_file.read(path), at, SECRET)

    return load


def readable(engine: Engine, as_of: datetime = AS_OF, platform: str = "x") -> tuple[Member, ...]:
    with engine.begin() as connection:
        return members(connection, platform, SECRET, as_of)


def seen(engine: Engine, account: str, handle: str, day: int) -> None:
    """An account with a post, under a handle from a day of February on; its owner is learnt."""
    with engine.begin() as connection:
        at = datetime(2026, 2, day, tzinfo=UTC)
        connection.execute(text(SEEN), {"account": account, "handle": handle, "at": at})
        matching.learn_owners(connection, "itp28", AS_OF)


def test_only_what_people_gave_or_a_directory_shows(engine: Engine, load: Roster) -> None:
    """A handle that was only found on a public profile is not read; no member carries a name."""
    load(
        "F2,Bia,supporter,public_directory,@Bia,,,,",
        "F1,Amina,supporter,opt_in,amina,,,,",
        "F3,Chen,supporter,given_directly,chen,17,,,",
        "F4,Dana,supporter,public_profile,dana,,,,",
    )
    assert readable(engine) == (
        Member(handle="amina"),
        Member(handle="bia"),
        Member(account_id="17", handle="chen"),
    )
    assert readable(engine, platform="bluesky") == ()


@pytest.mark.parametrize("purpose", ["collect", "match"])
def test_of_two_sources_the_refusal_holds(engine: Engine, load: Roster, purpose: str) -> None:
    """Who refuses in a form is neither read nor matched, although the roster says later that they may be."""
    load("F1,Amina,supporter,opt_in,amina,,granted,,")
    consent = "insert into people.consent (person_id, purpose, state, changed_at, source) values"
    with engine.begin() as connection:
        connection.execute(text(f"{consent} ('F1', '{purpose}', 'refused', '2026-02-03', 'signup')"))
        connection.execute(text(f"{consent} ('F1', '{purpose}', 'granted', '2026-02-04', 'roster')"))
    seen(engine, "17", "amina", 5)
    with engine.begin() as connection:
        assert connection.execute(text("select count(*) from people.account_owner")).scalar() == 0
    assert readable(engine) == (() if purpose == "collect" else (Member(handle="amina"),))


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_whoever_refuses_is_not_read(engine: Engine, load: Roster, state: str) -> None:
    """A refusal counts from when it is known; a grant after it makes the account readable again."""
    load("F1,Amina,supporter,opt_in,amina,,granted,,")
    load(f"F1,Amina,supporter,opt_in,amina,,{state},,", at=datetime(2026, 2, 5, tzinfo=UTC))
    with engine.begin() as connection:
        connection.execute(text("delete from people.suppression"))  # the consent alone is enough
    assert readable(engine, as_of=datetime(2026, 2, 4, tzinfo=UTC)) == (Member(handle="amina"),)
    assert readable(engine) == ()
    load("F1,Amina,supporter,opt_in,amina,,granted,,", at=datetime(2026, 2, 8, tzinfo=UTC))
    assert readable(engine) == (Member(handle="amina"),)


@pytest.mark.parametrize("name", ["AMINA", "u1", "person:f1"])
def test_whoever_is_suppressed_is_not_read(engine: Engine, load: Roster, name: str) -> None:
    """By handle, by the permanent id that was learnt, or as a person."""
    load("F1,Amina,supporter,opt_in,amina,,,,", "F2,Bia,supporter,opt_in,bia,,,,")
    seen(engine, "u1", "amina", 2)
    with engine.begin() as connection:
        suppression.opt_out(connection, SECRET, [("x", name)], KNOWN)
    assert readable(engine) == (Member(handle="bia"),)


def test_a_handle_holds_for_its_time(engine: Engine, load: Roster) -> None:
    """A handle that was given up, or begins later, is not read."""
    load(
        "F1,Amina,supporter,opt_in,before,,,2020-01-01,2026-02-01",
        "F2,Bia,supporter,opt_in,now,,,2026-02-10,2026-02-20",
        "F3,Chen,supporter,opt_in,later,,,2026-02-11,",
    )
    assert readable(engine) == (Member(handle="now"),)


def test_the_permanent_id_is_learnt_and_survives_a_rename(engine: Engine, load: Roster) -> None:
    """An account once seen under the handle is read by its id, and by the name that it has now."""
    load("F1,Amina,supporter,opt_in,amina,,,,")
    seen(engine, "u1", "amina", 2)
    seen(engine, "u1", "amina_k", 4)
    assert readable(engine) == (Member(account_id="u1", handle="amina_k"),)


def test_a_recycled_handle_brings_nobody_new(engine: Engine, load: Roster) -> None:
    """Somebody who takes a handle that a member gave up is not read."""
    load("F1,Amina,supporter,opt_in,amina,,,,")
    seen(engine, "u1", "amina", 2)
    seen(engine, "u1", "amina_k", 4)
    seen(engine, "u2", "amina", 5)
    assert readable(engine) == (Member(account_id="u1", handle="amina_k"),)


def test_an_account_to_which_a_members_has_moved_is_read_too(engine: Engine, load: Roster) -> None:
    """But not what anybody else points at, nor that of somebody who refuses."""
    load("F1,Amina,supporter,opt_in,amina,,,,", "F2,Bia,supporter,opt_in,bia,,,,")
    seen(engine, "u1", "amina", 2)
    seen(engine, "u3", "bia", 2)
    seen(engine, "u9", "stranger", 2)
    with engine.begin() as connection:
        for old, new in (("u1", "u2"), ("u3", "u4"), ("u9", "u8")):
            connection.execute(
                text("update core.account set moved_to = :new where account_id = :old"), {"old": old, "new": new}
            )
    for account in ("u2", "u4", "u8"):
        seen(engine, account, f"new_{account}", 3)
    load("F2,Bia,supporter,opt_in,bia,,refused,,", at=datetime(2026, 2, 5, tzinfo=UTC))
    assert readable(engine) == (
        Member(account_id="u1", handle="amina"),
        Member(account_id="u2", handle="new_u2"),
    )


def test_an_institution_is_nobody(engine: Engine, load: Roster) -> None:
    """Accounts of institutions are found by the hashtag like anybody's, not read as a person's."""
    load("M1,Museum,institution,public_directory,museum,,,,")
    assert readable(engine) == ()
