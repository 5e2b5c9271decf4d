"""Importing files: real recordings and the clerks' sheet, through the same sieve, landing and tally as collecting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.imports import import_files
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this checkout")
TABLES = (
    "core.item", "core.item_version", "core.metric_snapshot", "core.account", "core.account_handle",
    "raw.item", "raw.page", "raw.quarantine",
)  # fmt: skip


def state(engine: Engine) -> list[object]:
    """Every row of the warehouse's content with the transaction that wrote it."""
    query = "select md5(coalesce(string_agg(xmin::text || t::text, '|' order by t::text), '')) from {} t"
    with engine.connect() as connection:
        return [connection.execute(text(query.format(table))).scalar_one() for table in TABLES]


@needs_recordings
@pytest.mark.parametrize(
    ("file", "platform", "posts"),
    [("mastodon_tag_walk.jsonl", "mastodon", 30), ("x_v2_search_pages.jsonl", "x", 300)],
)
def test_a_recording_loads_with_nothing_lost_and_twice_changes_nothing(
    settings: Settings, campaign: Campaign, engine: Engine, file: str, platform: str, posts: int
) -> None:
    """Every post is an item; the second time not a row is even rewritten."""
    first = import_files(settings, campaign, [RECORDINGS / file], any_hashtag=True).platforms[platform]
    assert (first.counts["fetched"], first.counts["new"], first.counts["quarantined"]) == (posts, posts, 0)
    before = state(engine)
    again = import_files(settings, campaign, [RECORDINGS / file], any_hashtag=True).platforms[platform]
    assert (again.counts["fetched"], again.counts["unchanged"]) == (posts, posts)
    assert state(engine) == before


@needs_recordings
def test_posts_without_the_campaigns_tags_are_out_of_scope(
    settings: Settings, campaign: Campaign, engine: Engine
) -> None:
    """They are counted and not stored, unless the file is declared to belong to the campaign."""
    result = import_files(settings, campaign, [RECORDINGS / "x_v2_search_pages.jsonl"]).platforms["x"]
    assert result.counts["out_of_scope"] == 300
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from raw.item")).scalar_one() == 0


def test_the_clerks_sheet_lands_as_a_closed_audience(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine, tmp_path: Path
) -> None:
    """Two clerks in two zones; the bad date and the repeated header cost themselves only."""
    sheet = tmp_path / "seen.csv"
    sheet.write_text(hand_csv(servers.world, servers.clock.now()), encoding="utf-8-sig")
    result = import_files(settings, campaign, [sheet])
    counts = {name: sum(p.counts[name] for p in result.platforms.values()) for name in ("new", "quarantined")}
    assert counts["quarantined"] == 2
    with engine.connect() as connection:
        rows = connection.execute(text("select audience, count(*) from core.item group by audience")).all()
        reasons = connection.execute(text("select array_agg(reason order by reason) from raw.quarantine")).scalar_one()
    assert rows == [("closed", counts["new"])]
    assert reasons == ["bad_time", "repeated_header"]
    before = state(engine)
    import_files(settings, campaign, [sheet])
    assert state(engine) == before


def test_a_bad_line_costs_that_line(settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path) -> None:
    """The lines around it are loaded; the bad one waits in quarantine, whole."""
    page = {"data": [{"id": "1", "text": "#Lanterns7"}], "meta": {"result_count": 1}}
    other = {"data": [{"id": "2", "text": "#Lanterns7"}], "meta": {"result_count": 1}}
    for number, one in enumerate((page, other)):
        one["data"][0] |= {  # type: ignore[index]
            "author_id": f"7{number}",
            "created_at": "2026-02-03T09:00:00.000Z",
            "entities": {"hashtags": [{"start": 0, "end": 10, "tag": "Lanterns7"}]},
        }
    file = tmp_path / "pages.jsonl"
    file.write_text("\n".join([json.dumps(page), '{"data": [{"id"', json.dumps(other)]), encoding="utf-8")
    result = import_files(settings, campaign, [file])
    assert sum(p.counts["new"] for p in result.platforms.values()) == 2
    assert sum(p.counts["quarantined"] for p in result.platforms.values()) == 1
    with engine.connect() as connection:
        assert (
            bytes(connection.execute(text("select body from raw.quarantine")).scalar_one()).rstrip()
            == b'{"data": [{"id"'
        )


def test_a_sheets_troubles_are_told_with_file_and_line(settings: Settings, campaign: Campaign, tmp_path: Path) -> None:
    """A row that cannot be read costs itself; a file of which nothing can be read has failed."""
    sheet = tmp_path / "seen.csv"
    good = "facebook,Ana,2026-02-03T10:00,#Lanterns7"
    sheet.write_text(f"platform,author_key,posted_at,text\n{good}\nfacebook,Bo,3.2.2026,#Lanterns7\n", "utf-8")
    result = import_files(settings, campaign, [sheet])
    assert (result.state, result.platforms["facebook"].counts["new"]) == ("completed", 1)
    [told] = result.platforms["facebook"].warnings
    assert told.startswith("seen.csv: Line 3: posted_at")
    sheet.write_text("platform,author_key,posted_at,text\nfacebook,Bo,3.2.2026,#Lanterns7\n", "utf-8")
    assert import_files(settings, campaign, [sheet]).state == "failed"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no file"), (b"", "empty"), (b"\x89PNG\r\n", "none of"), (b"a,b\n1,2\n", "none of")],
)
def test_a_file_that_is_no_import_is_a_sentence(
    settings: Settings, campaign: Campaign, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    """Nothing is begun, and the sentence names the file."""
    file = tmp_path / "what.bin"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=sentence) as refusal:
        import_files(settings, campaign, [file])
    assert str(file) in str(refusal.value)
