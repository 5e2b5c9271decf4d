"""Asking again in a small world: what is due, what it costs, and that nothing but a platform's own word is a loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from connectors.registry import connector
from flows import refresh as flow
from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.collection import queries_of
from flows.steps.streams.refresh import affordable
from sandbox import server
from warehouse.campaign import Campaign

DAY = timedelta(days=1)


@pytest.fixture
def paying(campaign: Campaign) -> Campaign:
    """The campaign with asking again switched on where it costs money."""
    platforms = {"x": {**campaign.platforms["x"], "refresh": True}, "mastodon": campaign.platforms["mastodon"]}
    return replace(campaign, platforms=platforms)


def count(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


@pytest.fixture
def ask(settings: Settings, in_midweek: server.Sandbox):
    """Collect or ask again now, at the simulated platforms' time."""
    clock = in_midweek.clock

    def ask(campaign: Campaign, stream="refresh", **asked):
        return collect(settings, campaign, stream=stream, clock=clock.now, sleep=clock.advance, **asked).platforms

    return ask


def test_what_costs_money_is_asked_for_less_often(ask, paying: Campaign, in_midweek: server.Sandbox) -> None:
    """An hour later free posts are asked for again and paid ones are not; the next day all are, as they are young."""
    ask(paying, "posts")
    first = ask(paying)
    in_midweek.clock.advance(3600)
    again = ask(paying)
    assert (first["x"].counts["fetched"] > 0, again["x"].counts["fetched"], again["x"].cost) == (True, 0, 0)
    assert again["mastodon"].counts["fetched"] >= first["mastodon"].counts["fetched"] > 0
    by_hand = ask(paying, since=paying.opens_at)
    assert by_hand["x"].counts["fetched"] == first["x"].counts["fetched"]
    in_midweek.clock.advance(DAY.total_seconds())
    assert 0 < ask(paying)["x"].counts["fetched"] <= first["x"].counts["fetched"]


def test_new_posts_go_before_asking_again(ask, paying: Campaign, engine: Engine) -> None:
    """With money for a part only, it is kept for what is still to come; the run says so and is no failure."""
    read = ask(paying, "posts")["x"]
    short = {**paying.platforms["x"], "budget": {"usd": float(read.cost) + 0.02}}
    found = ask(replace(paying, platforms={"x": short}))["x"]
    assert (found.state, found.counts["fetched"], found.cost) == ("completed", 0, 0)
    assert "were not asked for again, so that the budget lasts" in found.warnings[0]
    assert count(engine, "select count(*) from core.asked_again") == 0


@pytest.mark.parametrize(("left", "coming", "most"), [("0.30", 0, 20), ("0.30", 5, 15), ("0.30", 21, 0), ("0", 0, 0)])
def test_how_many_can_be_paid_for(paying: Campaign, left: str, coming: int, most: int) -> None:
    """At what a post and its author cost at most; where nothing costs anything, all."""
    x, mastodon = (queries_of(paying, platform)[0] for platform in ("x", "mastodon"))
    assert affordable(connector("x"), x, paying.opens_at, Decimal(left), coming) == most
    assert affordable(connector("mastodon"), mastodon, paying.opens_at, Decimal(left), coming) is None


def test_the_evenings_schedule_ends_with_the_campaign_also_where_nothing_is_asked_again(
    settings: Settings, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last run switches it off, as that of any other plan does."""
    silent = replace(campaign, platforms={"x": campaign.platforms["x"]})
    ended: list[Campaign] = []
    monkeypatch.setattr(flow, "opening", lambda name: (settings, silent))
    monkeypatch.setattr(flow, "switch_off_when_over", ended.append)
    assert flow._refresh(silent.name, (), None).is_completed()
    assert ended == [silent]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 401}, {"kind": "status", "status": 503}, {"kind": "drop"}]
)
def test_no_trouble_is_a_deletion(
    ask, paying: Campaign, in_midweek: server.Sandbox, engine: Engine, fault: dict
) -> None:
    """A refused login, a broken server and a broken line make nothing gone, and it is asked again the next time."""
    ask(paying, "posts")
    in_midweek.faults.plant("mastodon", **fault)
    in_midweek.faults.plant("x", **fault)
    found = ask(paying)
    assert {platform: result.state for platform, result in found.items()} == {"x": "failed", "mastodon": "failed"}
    assert count(engine, "select count(*) from core.item_gone") == 0
    assert count(engine, "select count(*) from core.asked_again") == 0
    in_midweek.faults.clear()
    assert all(result.counts["fetched"] for result in ask(paying).values())
