"""The clerks' spreadsheet: what people really save, read row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import by_hand
from connectors.errors import BadAnswer
from connectors.records import Post, RawItem, Rejected

LONDON = ZoneInfo("Europe/London")
SEEN = datetime(2026, 2, 20, 9, 0, tzinfo=UTC)
HEADER = "platform,post_url,author_key,posted_at,entered_tz,text,likes,collected_by"
PLAIN = "facebook,,Ana Example,2026-02-03T10:00,,Day 3 my cat #ITP28,4,clerk1"


def items(path: Path, zone: ZoneInfo = LONDON) -> Iterator[RawItem | Rejected]:
    for page in by_hand.pages(path, SEEN, zone):
        yield from by_hand.split(page)


def read(path: Path, zone: ZoneInfo = LONDON) -> list[Post | Rejected]:
    return [item if isinstance(item, Rejected) else by_hand.parse(item) for item in items(path, zone)]


def sheet(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "seen.csv"
    path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return path


def one(tmp_path: Path, row: str, header: str = HEADER) -> Post:
    [post] = read(sheet(tmp_path, row, header=header))
    assert isinstance(post, Post)
    return post


def test_a_row_is_a_post_of_a_closed_group(tmp_path: Path) -> None:
    """Seen by hand: the lowest rank, closed, and an account that is the author's name."""
    post = one(tmp_path, PLAIN)
    assert (post.platform, post.audience, post.source, post.source_rank) == ("facebook", "closed", "hand:clerk1", 0)
    assert post.author is not None
    assert (post.author.account_id, post.author.handle) == ("hand:ana example", "ana example")
    assert post.created_at == datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
    assert post.hashtags == ("itp28",)
    assert (post.counts.likes, post.counts.reposts) == (4, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_program_may_have_saved_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Encoding and separator are told by the content; line breaks may stand in a cell."""
    row = 'facebook,,Zoë Beispiel,2026-02-03T10:00,,"Day 3, übrig\r\nzweite Zeile #ITP28",1,clerk1'
    path = tmp_path / "seen.csv"
    quoted = row.replace('"Day 3, übrig', '"Day 3~ übrig').replace(",", delimiter).replace("~", ",")
    path.write_bytes(f"{HEADER.replace(',', delimiter)}\r\n{quoted}\r\n".encode(encoding))
    [post] = read(path)
    assert isinstance(post, Post)
    assert post.text == "Day 3, übrig\r\nzweite Zeile #ITP28"
    assert post.author is not None
    assert post.author.handle == "zoë beispiel"


def test_two_clerks_in_two_zones(tmp_path: Path) -> None:
    """A row's own zone first, then the file's."""
    kolkata = PLAIN.replace("10:00,,", "10:00,Asia/Kolkata,")
    first, second = read(sheet(tmp_path, kolkata, PLAIN), ZoneInfo("Africa/Cairo"))
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert first.created_at == datetime(2026, 2, 3, 4, 30, tzinfo=UTC)
    assert second.created_at == datetime(2026, 2, 3, 8, 0, tzinfo=UTC)


def test_the_same_row_in_another_file_is_the_same_item(tmp_path: Path) -> None:
    """Order of columns, line number and blank columns leave no trace in an item."""
    [first] = items(sheet(tmp_path, PLAIN))
    turned = "note,collected_by,likes,text,entered_tz,posted_at,author_key,post_url,platform"
    row = ",".join(["", *reversed(PLAIN.split(","))])
    [second] = items(sheet(tmp_path, "", row, header=turned))
    assert isinstance(first, RawItem)
    assert isinstance(second, RawItem)
    assert (first.key, first.body) == (second.key, second.body)


def test_a_permalink_is_the_key_and_without_one_the_content_is(tmp_path: Path) -> None:
    """So a row and the platform's own answer meet in one item."""
    by_link = one(tmp_path, PLAIN.replace("facebook,,", "x,https://twitter.com/ana/status/123?s=20,"))
    assert (by_link.post_id, by_link.url) == ("123", "https://twitter.com/ana/status/123")
    by_content = one(tmp_path, PLAIN)
    assert len(by_content.post_id) == 64
    assert one(tmp_path, PLAIN.replace("Day 3 my", "day 3  MY")).post_id == by_content.post_id
    assert one(tmp_path, PLAIN.replace("my cat", "my dog")).post_id != by_content.post_id
    group = PLAIN.replace("facebook,,", "facebook,https://www.facebook.com/groups/ours,")
    assert one(tmp_path, group).post_id == by_content.post_id


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (HEADER, "repeated_header"),
        (HEADER.upper(), "repeated_header"),
        (PLAIN.replace("2026-02-03T10:00", "03/02/2026"), "bad_time"),
        (PLAIN.replace("2026-02-03T10:00", ""), "bad_time"),
        (PLAIN.replace("10:00,,", "10:00,London,"), "bad_time"),
        (PLAIN.replace("facebook", ""), "missing_field"),
        (PLAIN.replace("Ana Example", ""), "missing_field"),
        (PLAIN.replace("Ana Example", "1.00012E+14"), "mangled_id"),
        (PLAIN.replace("facebook,,", "x,https://x.com/a/status/1.4E+18,"), "mangled_id"),
        (PLAIN.replace("facebook,,", "facebook,https://x.com/a/status/14,"), "wrong_platform"),
        (PLAIN.replace("my cat", "my cat, and dog"), "bad_row"),
        (PLAIN.replace("Day 3 my cat", '"Day 3" my cat'), "bad_row"),
    ],
)
def test_a_bad_row_costs_one_row(tmp_path: Path, row: str, reason: str) -> None:
    """It is rejected with its reason, and its neighbours are read."""
    found = read(sheet(tmp_path, PLAIN, row, PLAIN.replace("03T", "04T")))
    [rejected] = [item for item in found if isinstance(item, Rejected)]
    assert len(found) == 3
    assert rejected.reason == reason
    assert "Ana" not in rejected.detail


def test_what_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    """The line is the file's own, also after blank lines and lines of other platforms."""
    other = "instagram,https://www.instagram.com/p/CaB-c_D/,ana,2026-02-03T10:00,,#ITP28,,clerk1"
    broken = PLAIN.replace("2026-02-03T10:00", "03/02/2026")
    found = read(sheet(tmp_path, other, "", PLAIN, broken))
    assert [item.detail[:8] for item in found if isinstance(item, Rejected)] == ["Line 5: "]


@pytest.mark.parametrize("after", ["Day 3", '"Day 3, #ITP28"', '"Day 3\n#ITP28"'])
def test_a_quotation_mark_that_is_not_closed_costs_its_line(tmp_path: Path, after: str) -> None:
    """The rows behind it are read, and their people go through the sieve, whatever marks they hold."""
    good = [PLAIN.replace("03T", f"0{day}T").replace("Day 3 my cat #ITP28", after) for day in range(4, 9)]
    found = read(sheet(tmp_path, PLAIN, PLAIN.replace("Day 3", '"Day 3'), *good))
    [rejected] = [item for item in found if isinstance(item, Rejected)]
    assert (len(found), rejected.reason) == (7, "bad_row")
    assert rejected.body.count(b"Ana") == 1


def test_on_behalf_and_reply_and_end_of_life(tmp_path: Path) -> None:
    """What only the clerks can know is carried along."""
    header = f"{HEADER},on_behalf_of,reply_to,edited_at,deleted_at,evidence,image_hash,audience"
    told = "F07,https://www.facebook.com/groups/1/posts/55555,2026-02-04T10:00,2026-02-05T10:00Z,IMG 3,AB12 CD34,public"
    row = f"{PLAIN},{told}"
    post = one(tmp_path, row, header)
    assert (post.on_behalf_of, post.kind, post.reply_to_id, post.evidence) == ("F07", "reply", "55555", "IMG 3")
    assert post.edited_at == datetime(2026, 2, 4, 10, 0, tzinfo=UTC)
    assert post.deleted_at == datetime(2026, 2, 5, 10, 0, tzinfo=UTC)
    assert post.media_hashes == ("ab12", "cd34")
    assert post.audience == "public"


def test_a_facebook_group_is_closed_whatever_the_row_says(tmp_path: Path) -> None:
    """Nobody can open a closed group by a typo."""
    row = PLAIN.replace("facebook,,", "facebook,https://www.facebook.com/groups/1/posts/55555,") + ",public"
    assert one(tmp_path, row, f"{HEADER},audience").audience == "closed"


def test_the_sieve_can_see_everybody_whom_a_row_names(tmp_path: Path) -> None:
    """The author as account and as person, and whoever it was posted for; also where the row is broken."""
    [item] = items(sheet(tmp_path, f"{PLAIN},F07", header=f"{HEADER},on_behalf_of"))
    assert set(item.accounts) == {"hand:ana example", "ana example", "person:ana example", "person:f07"}
    [named] = items(sheet(tmp_path, f"{PLAIN},Ana E.", header=f"{HEADER},author_handle"))
    assert {"person:ana example", "person:ana e."} <= set(named.accounts)
    [broken] = items(sheet(tmp_path, PLAIN.replace("facebook", "")))
    assert "hand:ana example" in broken.accounts


def test_rows_of_several_platforms_come_on_pages_of_their_own(tmp_path: Path) -> None:
    """So that the tally is kept per platform, and no page is larger than 500 rows."""
    rows = [
        PLAIN.replace("my cat", f"cat {n}").replace("facebook", ("facebook", "Instagram")[n % 2]) for n in range(1400)
    ]
    pages = list(by_hand.pages(sheet(tmp_path, *rows), SEEN, LONDON))
    sizes = sorted((page.platform, len(page.body.splitlines())) for page in pages)
    assert sizes == [("facebook", 200), ("facebook", 500), ("instagram", 200), ("instagram", 500)]


def test_nothing_is_read_twice_into_something_else(tmp_path: Path) -> None:
    """A stored item is parsed to the same post again: the rebuild needs no file."""
    [item] = items(sheet(tmp_path, PLAIN))
    assert isinstance(item, RawItem)
    assert by_hand.parse(item) == by_hand.parse(replace(item, body=bytes(item.body)))
    assert json.loads(item.body)["entered_tz"] == "Europe/London"


@pytest.mark.parametrize("content", [b"", b"a,b\r\n1,2\r\n", b"PK\x03\x04...", b'{"data": []}'])
def test_another_file_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    """One sentence that says what is expected."""
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    assert not by_hand.looks_like_hand_csv(path)
    with pytest.raises(BadAnswer):
        list(by_hand.pages(path, SEEN, LONDON))


def test_the_template_is_a_sheet(tmp_path: Path) -> None:
    """An empty one, and it is recognised."""
    path = tmp_path / "template.csv"
    by_hand.write_template(path)
    assert by_hand.looks_like_hand_csv(path)
    assert read(path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_after_a_good_header_cost_only_rows(tmp_path: Path, content: bytes) -> None:
    """Whatever a file holds, each row is a post or a rejected row, and nothing is raised."""
    path = tmp_path / "odd.csv"
    path.write_bytes(f"{HEADER}\r\n{PLAIN}\r\n".encode() + content)
    found = read(path)
    assert sum(isinstance(post, Post) for post in found) >= 1 or b"\x00" in content[:4] or found
