"""Who dealt with whom: collected from all platforms it is what the plan says; and by hand, from a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.results import RunResult
from sandbox import server
from sandbox.acts import HIDDEN, Act, people_by_account, seen
from sandbox.server import Sandbox
from sandbox.world import load
from warehouse.campaign import Campaign

WORLD = Path(server.__file__).parent / "worlds" / "archipelago"
BEFORE = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
"""A baseline: four weeks before the campaign."""


@pytest.fixture
def servers() -> Iterator[Sandbox]:
    """Every platform; nothing has been posted yet."""
    with server.serve(load(WORLD)) as sandbox:
        yield sandbox


@pytest.fixture
def live(settings: Settings, campaign: Campaign, servers: Sandbox, with_roster: None) -> Live:
    return Live(settings, campaign, servers)


class Live:
    """A team that collects."""

    def __init__(self, settings: Settings, campaign: Campaign, servers: Sandbox) -> None:
        self.settings, self.campaign, self.servers = settings, campaign, servers
        self.clock = {"clock": servers.clock.now, "sleep": servers.clock.advance}

    def posts(self) -> RunResult:
        return self._completed(collect(self.settings, self.campaign, **self.clock))  # type: ignore[arg-type]  # a clock

    def acts(self, since: datetime | None = None, until: datetime | None = None) -> RunResult:
        given: dict[str, Any] = {"since": since, "until": until, "stream": "interactions", **self.clock}
        return self._completed(collect(self.settings, self.campaign, **given))

    def _completed(self, result: RunResult) -> RunResult:
        assert result.state == "completed", {name: one.error for name, one in result.platforms.items()}
        return result

    def planned(self, moments: list[datetime], since: datetime, until: datetime) -> Counter[tuple[object, ...]]:
        """What the plan says, as `collected` tells it."""
        return Counter(map(_told, seen(self.servers.world, moments, since, until)))


def _told(act: Act) -> tuple[object, ...]:
    return act.platform, act.act, act.actor, act.target, act.at


def collected(engine: Engine, servers: Sandbox) -> Counter[tuple[object, ...]]:
    """Each act in the warehouse: platform, what, who, towards whom, when; an account that nobody has stays as it is."""
    people, rows = people_by_account(servers.world), select(engine, ACTS)

    def person(platform: str, *names: str | None) -> str:
        known = [name.partition("/")[2] if platform == "wordpress" else name for name in names if name]
        return next((people[platform, name] for name in known if (platform, name) in people), f"nobody: {known}")

    return Counter((p, act, person(p, actor), person(p, *target), at) for p, act, actor, *target, at in rows)


ACTS = """
select a.platform, a.act, a.actor_account, a.target_account, a.target_handle, i.account_id, a.acted_at
from core.interaction a
left join core.item i on i.campaign = a.campaign and i.platform = a.platform and i.post_id = a.target_post
"""
WRITTEN = "select xmin::text, ctid::text, t::text from core.interaction t order by 3"


def select(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_an_afternoon_in_the_middle_of_the_week(live: Live, servers: Sandbox, engine: Engine) -> None:
    """Everything that the plan lets be seen and nothing else; asked again, no row is even rewritten."""
    moment = servers.world.collections()[6]
    servers.clock.set(moment)
    live.posts()
    live.acts()
    assert collected(engine, servers) == live.planned([moment], live.campaign.opens_at, moment)
    hidden = select(engine, "select platform, act from core.hidden_act where length(reason) > 10")
    assert set(hidden) == {(platform, act) for platform, acts in HIDDEN.items() for act in acts}
    before = select(engine, WRITTEN)
    again = live.acts()
    assert sum(one.counts["new"] + one.counts["updated"] for one in again.platforms.values()) == 0
    assert select(engine, WRITTEN) == before


@pytest.mark.full
def test_the_week_and_the_weeks_before(live: Live, servers: Sandbox, engine: Engine) -> None:
    """Day by day, then four weeks before the campaign as a baseline, which the week's acts do not mix with."""
    days = list(servers.world.collections()[::2])
    for day in days:
        servers.clock.set(day)
        live.posts()
        live.acts()
    week = live.planned(days, live.campaign.opens_at, days[-1])
    assert collected(engine, servers) == week
    live.acts(*BEFORE)
    assert collected(engine, servers) - week == live.planned(days[-1:], *BEFORE)
    assert collected(engine, servers) >= week
