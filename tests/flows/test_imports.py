"""Importing files: real recordings and the clerks' sheet, through the same sieve, landing and tally as collecting."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from connectors.errors import BadAnswer
from connectors.imports import reader
from connectors.records import Post, RawItem
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps import roster
from flows.steps.imports import import_files
from flows.steps.results import RunResult
from flows.steps.warehouse import now
from sandbox.papers import hand_csv
from sandbox.server import Sandbox
from warehouse.campaign import Campaign
from warehouse.people import matching

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


@pytest.mark.parametrize("correction", [{"text": "Mended #Lanterns7"}, {"deleted_at": "2026-02-04T10:00:00Z"}])
def test_a_corrected_row_wins_whatever_its_hash(
    settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path, correction: dict[str, str]
) -> None:
    """Whoever corrects a row leaves `collected_at` as it was: what came in later holds."""
    for number in range(6):
        row = {
            "platform": "facebook",
            "post_url": f"https://www.facebook.com/groups/g/posts/{number}/",
            "author_key": "Somebody",
            "posted_at": "2026-02-03T10:00:00Z",
            "text": f"Number {number} #Lanterns7",
            "deleted_at": "",
            "collected_at": "2026-02-03T12:00:00Z",
        }
        for day, cells in ((3, row), (4, row | correction)):
            sheet = tmp_path / f"{number}-{day}.csv"
            sheet.write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n", encoding="utf-8")
            import_files(settings, campaign, [sheet], clock=lambda day=day: datetime(2026, 2, day, 20, tzinfo=UTC))
    with engine.connect() as connection:
        held = connection.execute(text("select text, deleted_at is not null as is_deleted from core.item")).all()
    assert len(held) == 6
    assert all(("text" not in correction or said == correction["text"]) for said, _ in held)
    assert all(is_deleted == ("deleted_at" in correction) for _, is_deleted in held)


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
    assert (result.state, result.platforms["facebook"].counts["new"]) == ("partial", 1)
    assert result.platforms["facebook"].error == "1 of 2 could not be read."
    [told] = result.platforms["facebook"].warnings
    assert told.startswith("seen.csv: Line 3: posted_at")
    sheet.write_text("platform,author_key,posted_at,text\nfacebook,Bo,3.2.2026,#Lanterns7\n", "utf-8")
    assert import_files(settings, campaign, [sheet]).state == "failed"
    sheet.write_text(f"platform,author_key,posted_at,text\n{good}\ninstagram,Bo,3.2.2026,#Lanterns7\n", "utf-8")
    mixed = import_files(settings, campaign, [sheet])
    states = {name: one.state for name, one in mixed.platforms.items()}
    assert (mixed.state, states) == ("partial", {"facebook": "completed", "instagram": "failed"})
    sheet.write_text(f"platform,author_key,posted_at,text\n{good}\n", "utf-8")
    assert import_files(settings, campaign, [sheet]).state == "completed"


POSTED = 1770109200
"""The third of February 2026, nine o'clock, in seconds."""


def zeeschuimer(code: str, seen: int = POSTED + 3600, **changes: object) -> str:
    """A post of Instagram as a browser met it."""
    data = {
        "code": code,
        "taken_at": POSTED,
        "media_type": 1,
        "caption": {"text": "Day 3 #Lanterns7"},
        "user": {"pk": "77", "username": "ana.museum"},
        "like_count": 12,
        "comment_count": 3,
    }
    data = {name: value for name, value in (data | changes).items() if value is not None}
    return json.dumps(
        {"item_id": code, "timestamp_collected": seen * 1000, "source_platform": "instagram.com", "data": data}
    )


def counts_of(result: RunResult, platform: str) -> dict[str, int]:
    counted = result.platforms[platform].counts
    return {name: number for name, number in counted.items() if number and name != "requests"}


def test_what_a_browser_met_loads_and_twice_changes_nothing(
    settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path
) -> None:
    """Advertisements are out of scope, private accounts not public, bad lines quarantined; the tally reconciles."""
    lines = [
        zeeschuimer("Cone1234567"),
        zeeschuimer("Cad12345678", product_type="ad"),
        zeeschuimer("Chidden1234", user={"pk": "78", "username": "bo", "is_private": True}),
        zeeschuimer("Cother12345", caption={"text": "another tag #Elsewhere"}),
        zeeschuimer("Cone1234567", seen=POSTED + 7200, like_count=15),
        '{"source_platform": "instagram.com", "data": {"code": "Cbroken',
    ]
    file = tmp_path / "holiday.jpg"
    file.write_text("\n".join(lines), encoding="utf-8")
    result = import_files(settings, campaign, [file])
    assert counts_of(result, "instagram") == {
        "fetched": 6, "new": 1, "duplicate": 1, "out_of_scope": 2, "not_public": 1, "quarantined": 1,
    }  # fmt: skip
    assert result.platforms["instagram"].warnings == ("holiday.jpg:6: the line cannot be read as JSON",)
    before = state(engine)
    import_files(settings, campaign, [file])
    assert state(engine) == before
    with engine.connect() as connection:
        rows = connection.execute(text("select likes from core.metric_snapshot order by observed_at")).scalars().all()
    assert rows == [15]


@pytest.mark.parametrize("in_one_file", [False, True])
def test_a_partial_sight_never_takes_from_a_whole_one(
    settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path, in_one_file: bool
) -> None:
    """Neither before nor after it, in one file or in several: time, text and author of the whole one stay."""
    whole = zeeschuimer("Cone1234567")
    partial = zeeschuimer(
        "Cone1234567", seen=POSTED + 9000, _zs_partial=True, taken_at=None, like_count=None, comment_count=None
    )
    early = zeeschuimer(
        "Cone1234567", seen=POSTED + 60, _zs_partial=True, taken_at=None, like_count=None, comment_count=None
    )
    file = tmp_path / "saved"
    for lines in [[early, whole, partial]] if in_one_file else [[early], [whole], [partial]]:
        file.write_text("\n".join(lines), encoding="utf-8")
        import_files(settings, campaign, [file])
    with engine.connect() as connection:
        [row] = connection.execute(text("select extract(epoch from created_at)::int, source_rank from core.item"))
        likes = connection.execute(text("select array_agg(likes) from core.metric_snapshot")).scalar_one()
    assert tuple(row) == (POSTED, 1)
    assert likes == [12]


def test_one_post_by_several_files_is_one_item(
    settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path
) -> None:
    """The API's page, twarc's flattened post and old object, 4CAT's row and the author's archive name it alike."""
    post = {
        "id": "2018608226867200001",
        "author_id": "88",
        "text": "Day 3 #Lanterns7",
        "created_at": "2026-02-03T09:00:00.000Z",
        "entities": {"hashtags": [{"start": 6, "end": 16, "tag": "Lanterns7"}]},
    }
    user = {"id": "88", "username": "ana", "name": "Ana"}
    old = {
        "id_str": post["id"],
        "created_at": "Tue Feb 03 09:00:00 +0000 2026",
        "full_text": post["text"],
        "entities": {"hashtags": [{"text": "Lanterns7"}]},
    }
    address = f"https://x.com/ana/status/{post['id']}"
    files = {
        "page": json.dumps({"data": [post], "includes": {"users": [user]}, "meta": {"result_count": 1}}),
        "flattened": json.dumps(post | {"author": user}),
        "v1": json.dumps(old | {"user": {"id_str": "88", "screen_name": "ana"}}),
        "row": "id,thread_id,timestamp,body,author,author_id,hashtags,link\n"
        f"{post['id']},,2026-02-03 09:00:00,{post['text']},ana,88,Lanterns7,{address}\n",
    }
    paths = [tmp_path / name for name in files]
    for path in paths:
        path.write_text(files[path.name], encoding="utf-8")
    paths.append(tmp_path / "archive")
    with zipfile.ZipFile(paths[-1], "w") as archive:
        archive.writestr("data/tweets.js", f"window.YTD.tweets.part0 = {json.dumps([{'tweet': old}])}")
        account = {"accountId": "88", "username": "ana"}
        archive.writestr("data/account.js", f"window.YTD.account.part0 = {json.dumps([{'account': account}])}")
    import_files(settings, campaign, paths)
    with engine.connect() as connection:
        items = connection.execute(text("select post_id, account_id from core.item")).all()
        sources = connection.execute(
            text("select array_agg(distinct source order by source) from raw.item")
        ).scalar_one()
        formats = connection.execute(
            text("select array_agg(format order by format) from core.import_file")
        ).scalar_one()
    assert [tuple(item) for item in items] == [(post["id"], "88")]
    assert sources == ["4cat", "twarc:v1.1", "x-archive", "x.com"]
    assert formats == ["4cat", "pages", "twarc", "twarc", "x-archive"]


def test_an_author_known_by_name_is_the_person_who_bore_it(
    settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path
) -> None:
    """Beside the account that another route knows by its number: both are the same person's."""
    sheet = tmp_path / "roster.csv"
    sheet.write_text(
        "person_id,name,role,match_basis,handle_instagram,handle_x\n"
        "S01,Ana Test,supporter,given_directly,Ana.Museum,ana\n",
        encoding="utf-8",
    )
    roster.load(settings, sheet, campaign, clock=lambda: campaign.opens_at)
    browsed = tmp_path / "browsed"
    browsed.write_text(zeeschuimer("Cone1234567"), encoding="utf-8")
    import_files(settings, campaign, [browsed])
    with engine.begin() as connection:
        matching.learn_owners(connection, campaign.name, now())
        owners = connection.execute(text("select person_id, platform, account_id from people.account_owner")).all()
    assert [tuple(owner) for owner in owners] == [("S01", "instagram", "hand:ana.museum")]


def test_what_was_landed_can_be_read_again_by_its_source(
    settings: Settings, campaign: Campaign, engine: Engine, tmp_path: Path
) -> None:
    """A rebuild has nothing but platform, source and bytes."""
    (tmp_path / "browser").write_text(zeeschuimer("Cone1234567"), encoding="utf-8")
    (tmp_path / "sheet").write_text(
        "platform,author_key,posted_at,text\nfacebook,Ana,2026-02-03T10:00,#Lanterns7\n", encoding="utf-8"
    )
    folder = tmp_path / "download" / "media"
    folder.mkdir(parents=True)
    posts = [{"media": [{"uri": "1.jpg", "creation_timestamp": POSTED, "title": "#Lanterns7"}]}]
    (folder / "posts_1.json").write_text(json.dumps(posts), encoding="utf-8")
    import_files(settings, campaign, [tmp_path / name for name in ("browser", "sheet", "download")])
    with engine.connect() as connection:
        rows = connection.execute(text("select platform, source, key, body, observed_at from raw.item")).all()
    assert sorted(row.source for row in rows) == ["hand", "meta:instagram", "zeeschuimer:instagram.com"]
    for row in rows:
        item = RawItem(
            platform=row.platform, source=row.source, key=row.key, body=bytes(row.body), observed_at=row.observed_at
        )
        read = reader(item.platform, item.source).parse(item)
        assert isinstance(read, Post)
        assert "lanterns7" in read.hashtags


def test_a_folder_that_is_no_download_is_a_sentence(settings: Settings, campaign: Campaign, tmp_path: Path) -> None:
    """Also where somebody insists on what it is."""
    (tmp_path / "folder").mkdir()
    for form, sentence in (("auto", "none of"), ("hand", "is a folder"), ("zeeschuimer", "is a folder")):
        with pytest.raises(ConfigurationError, match=sentence):
            import_files(settings, campaign, [tmp_path / "folder"], form=form)
    with pytest.raises(BadAnswer, match="format JSON"):
        import_files(settings, campaign, [tmp_path / "folder"], form="meta")


def test_an_archive_that_leads_outside_is_a_sentence(settings: Settings, campaign: Campaign, tmp_path: Path) -> None:
    """Nothing is begun."""
    path = tmp_path / "archive"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../data/tweets.js", "window.YTD.tweets.part0 = []")
    with pytest.raises(ConfigurationError, match="leads outside"):
        import_files(settings, campaign, [path])


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
