"""Collecting, end to end: simulated platforms over HTTP, real PostgreSQL, the plain function behind every verb."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from flows import collect as flow
from flows.errors import ConfigurationError
from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.doctor import examine
from flows.steps.results import RunResult
from flows.steps.status import status
from sandbox.server import Sandbox
from warehouse.campaign import Campaign


def run(settings: Settings, campaign: Campaign, servers: Sandbox, *platforms: str) -> RunResult:
    return collect(settings, campaign, platforms or None, clock=servers.clock.now, sleep=servers.clock.advance)


def scalar(engine: Engine, query: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def test_every_platform_is_read_to_its_end(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, engine: Engine
) -> None:
    """Items land, each query has a watermark at the time of reading, and the tally adds up."""
    result = run(settings, campaign, in_midweek)
    assert result.state == "completed", result
    assert set(result.platforms) == {"mastodon", "wordpress", "x"}
    assert all(platform.counts["new"] > 0 for platform in result.platforms.values())
    assert scalar(engine, "select count(*) from core.watermark") == 5
    assert scalar(engine, "select count(distinct complete_until) from core.watermark") == 1
    assert scalar(engine, "select bool_and(fetched >= new) from core.run_platform") is True


def test_a_run_whose_bar_cannot_be_made_is_closed(
    settings: Settings, campaign: Campaign, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong beside a collection that has begun, the ledger knows that it ended."""

    def broken(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(flow, "Bar", broken)
    with pytest.raises(ZeroDivisionError):
        flow.collecting(settings, campaign, (), None, None)
    assert scalar(engine, "select state from core.run") == "failed"


def test_a_second_collection_changes_no_item(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, engine: Engine
) -> None:
    """What was read before is unchanged, row for row: not even rewritten with the same values."""
    run(settings, campaign, in_midweek)
    rows = "select md5(string_agg(xmin::text || t::text, '|' order by t::text)) from {} t"
    tables = ("core.item", "raw.item", "core.item_version", "core.metric_snapshot", "core.account", "raw.quarantine")
    before = [scalar(engine, rows.format(table)) for table in tables]
    again = run(settings, campaign, in_midweek)
    assert [scalar(engine, rows.format(table)) for table in tables] == before
    assert all(platform.counts["new"] == platform.counts["updated"] == 0 for platform in again.platforms.values())


def test_one_platform_down_leaves_the_others_whole(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, engine: Engine
) -> None:
    """The run is partial, the sentence says which, and only the failed one's watermark stays."""
    in_midweek.faults.plant("x", "status", status=500)
    result = run(settings, campaign, in_midweek)
    assert result.state == "partial"
    assert {name: platform.state for name, platform in result.platforms.items()} == {
        "mastodon": "completed",
        "wordpress": "completed",
        "x": "failed",
    }
    assert "trouble of its own" in str(result.platforms["x"].error)
    assert scalar(engine, "select count(*) from core.watermark where platform = 'x'") == 0
    in_midweek.faults.clear()
    assert run(settings, campaign, in_midweek, "x").platforms["x"].counts["new"] > 0


def test_what_x_no_longer_shows_becomes_a_gap(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine
) -> None:
    """Collecting begins late: the days that recent search has forgotten are declared, not silent."""
    result = run(settings, campaign, servers, "x")
    assert result.state == "completed", result
    told = result.platforms["x"].warnings[0]
    assert re.match(r"2 February 2026 to \d February 2026 \(\d+ hours\) lie further back than x shows", told), told
    gaps = scalar(engine, "select count(*) from core.coverage where state = 'gap'")
    forgotten = servers.clock.now() - timedelta(days=7) - campaign.opens_at
    assert abs(float(str(gaps)) - forgotten / timedelta(hours=1)) <= 1


def test_before_a_campaign_opens_nothing_is_asked(
    settings: Settings, campaign: Campaign, servers: Sandbox, engine: Engine
) -> None:
    """There is no window yet, so no request is spent."""
    servers.clock.set(campaign.opens_at - timedelta(days=2))
    result = run(settings, campaign, servers)
    assert result.state == "completed"
    assert all("nothing was asked" in platform.warnings[0] for platform in result.platforms.values())
    assert servers.requests == []


def test_a_platform_that_the_campaign_does_not_have_is_a_sentence(
    settings: Settings, campaign: Campaign, servers: Sandbox
) -> None:
    """With what to do instead: another word where nobody can read it, or where the file says that clerks do."""
    for platform, advice in (
        ("bluesky", r"Add a table \[platforms.bluesky\]"),
        ("tiktok", "rollcall import FILE"),
        ("facebook", "rollcall import FILE"),
    ):
        with pytest.raises(ConfigurationError, match=advice):
            run(settings, campaign, servers, platform)


def test_a_platform_that_names_no_server_fails_and_the_doctor_says_so(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox
) -> None:
    """Read nowhere and called complete, it would look like a platform without posts."""
    campaign = replace(campaign, platforms={**campaign.platforms, "mastodon": {"instance": ["https://a.example"]}})
    result = run(settings, campaign, in_midweek, "mastodon", "wordpress")
    assert (result.state, result.platforms["mastodon"].state) == ("partial", "failed")
    assert "does not say where to read" in str(result.platforms["mastodon"].error)
    assert ("mastodon", "bad") in {(finding.what, finding.verdict) for finding in examine(settings, campaign)}


def test_the_future_is_never_marked_as_read(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, engine: Engine
) -> None:
    """An `until` that lies ahead means now: hours that have not been are not complete."""
    now = in_midweek.clock.now()
    collect(settings, campaign, ["wordpress"], until=campaign.closes_at, clock=in_midweek.clock.now)
    assert scalar(engine, "select max(hour) + interval '1 hour' from core.coverage") <= now  # type: ignore[operator]
    assert scalar(engine, "select max(complete_until) from core.watermark") == now


def test_what_never_got_an_answer_is_known_to_be_asked(
    settings: Settings, campaign: Campaign, in_midweek: Sandbox, engine: Engine
) -> None:
    """So that status and coverage can say that it was never read; what is no longer asked is forgotten."""
    in_midweek.faults.plant("mastodon", "status", status=403)
    run(settings, campaign, in_midweek, "mastodon")
    reads = {(read["query"], read["complete_until"]) for read in status(settings, campaign).reads}
    first, second = (f"{place}/tags/lanterns7+lantern7" for place in ("harbour.example", "north.lanterns.example"))
    assert reads == {(first, None), (second, None)}
    instances = [instance for instance in campaign.platforms["mastodon"]["instances"] if "harbour" not in str(instance)]
    run(settings, replace(campaign, platforms={"mastodon": {"instances": instances}}), in_midweek, "mastodon")
    assert scalar(engine, "select string_agg(query, ' ') from core.query") == second
