"""The clerks' sheet of acts: who dealt with whom in places that no program reads, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import by_hand, by_hand_acts
from connectors.errors import BadAnswer
from connectors.records import Interaction, Page, Rejected

LONDON = ZoneInfo("Europe/London")
SEEN = datetime(2026, 2, 20, 9, 0, tzinfo=UTC)
HEADER = "type,platform,at,entered_tz,source,target,target_post,collected_by"
PLAIN = "comment,facebook,2026-02-03T10:00,,Ana Example,@Ben.E,,clerk1"


def sheet(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "acts.csv"
    path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return path


def read(path: Path, zone: ZoneInfo = LONDON) -> list[Interaction | Rejected]:
    pages = by_hand_acts.pages(path, SEEN, zone)
    return [piece for page in pages for piece in by_hand_acts.split_interactions(page)]


def one(tmp_path: Path, row: str, header: str = HEADER, zone: ZoneInfo = LONDON) -> Interaction:
    [act] = read(sheet(tmp_path, row, header=header), zone)
    assert isinstance(act, Interaction)
    return act


def refused(tmp_path: Path, row: str) -> Rejected:
    [rejected] = read(sheet(tmp_path, row))
    assert isinstance(rejected, Rejected)
    return rejected


def test_a_row_says_who_did_what_towards_whom(tmp_path: Path) -> None:
    """Names in the form in which two are compared; no name is an account that a platform would tell."""
    act = one(tmp_path, PLAIN)
    assert (act.platform, act.act, act.source) == ("facebook", "comment", "hand:clerk1")
    assert (act.actor.account_id, act.actor.handle) == ("hand:ana example", "ana example")
    assert (act.target_account, act.target_handle, act.target_post) == ("hand:ben.e", "ben.e", None)
    assert (act.acted_at, act.observed_at) == (datetime(2026, 2, 3, 10, tzinfo=UTC), SEEN)


def test_the_sieve_may_look_up_accounts_and_persons(tmp_path: Path) -> None:
    """Whoever refused may stand there by handle, by name or by the roster's id."""
    accounts = one(tmp_path, "reply,facebook,2026-02-03T10:00,,F17,Ben E,,").accounts
    assert {"hand:f17", "f17", "person:f17", "hand:ben e", "ben e", "person:ben e"} <= set(accounts)
    broken = refused(tmp_path, "waved,facebook,2026-02-03T10:00,,F17,Ben E,,")
    assert {"hand:f17", "f17", "person:f17", "hand:ben e", "ben e", "person:ben e"} <= set(broken.accounts)


def test_other_programs_names_of_the_columns(tmp_path: Path) -> None:
    """`act`, `actor`, `posted_at` and `post_url` are understood; a target may be a post alone."""
    url = "https://www.instagram.com/ana/p/C4abc_-1/?igsh=1"
    row = f"Boost,insta,2026-02-03T10:00+05:30,ana,{url}"
    act = one(tmp_path, row, "Act,Platform,Posted at,Actor,Post URL")
    assert (act.platform, act.act, act.target_post, act.target_account) == ("instagram", "repost", "C4abc_-1", None)
    assert act.acted_at == datetime(2026, 2, 3, 4, 30, tzinfo=UTC)


def test_the_address_of_the_post_tells_the_platform(tmp_path: Path) -> None:
    """Where the column platform is blank."""
    act = one(tmp_path, "reply,,2026-02-03T10:00,,ana,,https://x.com/b/status/1234567890,")
    assert (act.platform, act.target_post) == ("x", "1234567890")


def test_two_clerks_in_two_zones(tmp_path: Path) -> None:
    """A row's own zone first, then the file's."""
    kolkata = PLAIN.replace("10:00,,", "10:00,Asia/Kolkata,")
    times = [act.acted_at for act in read(sheet(tmp_path, kolkata, PLAIN), ZoneInfo("Africa/Cairo"))]  # type: ignore[union-attr]
    assert times == [datetime(2026, 2, 3, 4, 30, tzinfo=UTC), datetime(2026, 2, 3, 8, 0, tzinfo=UTC)]


def test_the_same_act_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    """Zone, case, `@` and who noted it make no other act; another time or another person does."""
    rows = (
        PLAIN,
        "Comment,fb,2026-02-03T15:30,Asia/Kolkata,@ana  example,ben.e,,clerk2",
        "comment,facebook,2026-02-03T10:01,,Ana Example,Ben.E,,clerk1",
        "comment,facebook,2026-02-03T10:00,,Ana Example,Carla,,clerk1",
    )
    first, again, later, other = (act.interaction_id for act in read(sheet(tmp_path, *rows)))  # type: ignore[union-attr]
    assert first == again
    assert len({first, later, other}) == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("waved,facebook,2026-02-03T10:00,,Ana,Ben,,", "unknown_act"),
        ("reply,facebook,2026-02-31T10:00,,Ana,Ben,,", "bad_time"),
        ("reply,facebook,,,Ana,Ben,,", "bad_time"),
        ("reply,facebook,2026-02-03T10:00,Mars/North,Ana,Ben,,", "bad_time"),
        ("reply,facebook,2026-02-03T10:00,,,Ben,,", "missing_field"),
        ("reply,facebook,2026-02-03T10:00,,Ana,,,", "missing_field"),
        ("reply,,2026-02-03T10:00,,Ana,Ben,,", "missing_field"),
        ("reply,facebook,2026-02-03T10:00,,1.23457E+18,Ben,,", "mangled_id"),
        ("reply,facebook,2026-02-03T10:00,,Ana,,1.23457E+18,", "mangled_id"),
        ("reply,facebook,2026-02-03T10:00,,Ana,,https://x.com/b/status/12,", "wrong_platform"),
        ("reply,facebook,2026-02-03T10:00,,Ana,Ben,,,too many cells", "bad_row"),
        (HEADER, "repeated_header"),
    ],
)
def test_a_bad_line_costs_that_line_and_is_told_by_its_number(tmp_path: Path, row: str, reason: str) -> None:
    good = read(sheet(tmp_path, PLAIN, row, PLAIN.replace("Ana", "Eve")))
    [bad] = [piece for piece in good if isinstance(piece, Rejected)]
    assert len(good) == 3
    assert bad.reason == reason
    assert bad.detail.startswith("Line 3: ")
    assert "Ana" not in bad.detail


def test_a_sheet_without_the_columns_is_refused(tmp_path: Path) -> None:
    for header in ("type,platform,at,source", "platform,at,source,target", "type,type,platform,at,source,target"):
        with pytest.raises(BadAnswer, match=r"acts\.csv"):
            read(sheet(tmp_path, header=header))


def test_the_two_sheets_are_told_apart(tmp_path: Path) -> None:
    """By their columns, also where an act's time is called as a post's is."""
    acts = sheet(tmp_path, header="act,platform,posted_at,actor,target")
    assert by_hand_acts.looks_like_acts_csv(acts)
    posts = tmp_path / "posts.csv"
    by_hand.write_template(posts)
    assert not by_hand_acts.looks_like_acts_csv(posts)
    template = tmp_path / "template.csv"
    by_hand_acts.write_template(template)
    assert by_hand_acts.looks_like_acts_csv(template)
    assert not by_hand.looks_like_hand_csv(template)


@given(st.dictionaries(st.sampled_from(by_hand_acts.COLUMNS), st.text(min_size=1, max_size=30)))
def test_any_row_is_an_act_or_refused(row: dict[str, str]) -> None:
    """Never an exception, and nobody who is named escapes the sieve."""
    body = b"2\t" + json.dumps(row).encode()
    page = Page(
        platform="facebook", query="by_hand_acts", source="hand", url="a.csv:2-2", status=200, observed_at=SEEN,
        body=body,
    )  # fmt: skip
    [piece] = by_hand_acts.split_interactions(page)
    assert len(piece.accounts) >= ("source" in row and bool(row["source"].strip().strip("@")))
