"""Who dealt with whom: collected from all platforms it is what the plan says; and by hand, from a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.imports import import_files
from flows.steps.results import RunResult
from sandbox import server
from sandbox.acts import HIDDEN, Act, people_by_account, seen
from sandbox.server import Sandbox
from sandbox.world import load
from sandbox.x_shown import Everything
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

    def posts(self, platforms: list[str] | None = None) -> RunResult:
        return self._completed(collect(self.settings, self.campaign, platforms, **self.clock))  # type: ignore[arg-type]  # a clock

    def acts(
        self, since: datetime | None = None, until: datetime | None = None, platforms: list[str] | None = None
    ) -> RunResult:
        given: dict[str, Any] = {"since": since, "until": until, "stream": "interactions", **self.clock}
        return self._completed(collect(self.settings, self.campaign, platforms, **given))

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


def test_the_baseline_has_its_coverage_and_takes_nothing_from_the_campaign(
    live: Live, servers: Sandbox, engine: Engine
) -> None:
    """Hour by hour, on each platform; the campaign itself is then read from its beginning."""
    moment = servers.world.collections()[4]
    servers.clock.set(moment)
    live.acts(*BEFORE)
    baseline = live.planned([moment], *BEFORE)
    assert collected(engine, servers) == baseline
    assert {platform for platform, *_ in baseline} == {"bluesky", "instagram", "mastodon", "wordpress", "x", "youtube"}
    hours = (BEFORE[1] - BEFORE[0]) // timedelta(hours=1)
    assert set(select(engine, COVERAGE)) == {(platform, hours, *BEFORE) for platform in live.campaign.platforms}
    live.posts()
    live.acts()
    assert collected(engine, servers) == baseline + live.planned([moment], live.campaign.opens_at, moment)


COVERAGE = """
select platform, count(*), min(hour), max(hour) + interval '1 hour'
from core.coverage where starts_with(query, 'interactions/') and state = 'complete' group by platform, query
"""


def test_whoever_refuses_is_in_no_act(live: Live, servers: Sandbox, engine: Engine) -> None:
    """The plan has acts by and towards somebody who refuses, also before the campaign; none of them is there."""
    refuses = {name for name, person in servers.world.people.items() if person.refuses}
    theirs = [post for post in servers.world.posts.values() if post.author in refuses and post.of]
    towards = [
        post for post in servers.world.posts.values() if post.of and servers.world.posts[post.of].author in refuses
    ]
    assert {post.platform for post in theirs} >= {"mastodon", "x", "youtube"}
    assert {post.platform for post in towards} >= {"bluesky", "threads", "x"}
    servers.clock.set(servers.world.collections()[8])
    live.posts()
    live.acts(BEFORE[0], servers.clock.now())
    people = people_by_account(servers.world)
    names = {(p, one) for p, *names in select(engine, NAMES) for one in names if one}
    assert {people[name] for name in names if name in people} & refuses == set()
    assert len(names) > 30


NAMES = "select platform, actor_account, actor_handle, target_account, target_handle from core.interaction"


def test_old_posts_are_not_asked_about_on_every_run(live: Live, servers: Sandbox) -> None:
    """X is paid for each: those of the window and of the week before it, and all of them where a time is named."""
    *_, evening, morning = servers.world.collections()
    old, young = (Everything(servers.world, {}).first_id(servers.world.posts[name]) for name in ("X01", "X25"))

    def asked_about(**given: Any) -> set[str]:
        servers.forget()
        live.acts(platforms=["x"], **given)
        lookups = [one for one in servers.asked("x") if one.path == "/2/tweets"]
        return {post_id for one in lookups for post_id in one.query["ids"][0].split(",")} & {old, young}

    servers.clock.set(servers.world.collections()[11])
    live.posts(["x"])
    servers.clock.set(evening)
    live.posts(["x"])
    assert asked_about() == {old, young}
    servers.clock.set(morning)
    assert asked_about() == {young}
    assert asked_about(since=live.campaign.opens_at) == {old, young}


SHEET = """\
type,platform,at,entered_tz,source,target,target_post,collected_by
comment,facebook,2026-03-03T10:00,,Sefina Leota,@Kwabena O.,,Iris
reply,facebook,2026-03-03T11:00,Africa/Accra,I02,I01,,Iris
mention,facebook,2026-01-15T09:00,,I02,I03,,Iris
comment,facebook,2026-03-03T12:00,,I09,I02,,Iris
reply,facebook,2026-03-03T13:00,,I02,bayar tumen,,Iris
waved,facebook,2026-03-03T14:00,,I02,I03,,Iris
repost,instagram,2026-03-03T15:00,,@mariam.haddad,Sefina.Leota,,Iris
comment,facebook,2026-03-03T10:00,,sefina  leota,kwabena o.,,Omar
"""


def test_the_clerks_sheet_of_acts(live: Live, engine: Engine, tmp_path: Path) -> None:
    """By handle, name or person; any time counts; who refuses is counted only; a bad line costs itself and is told."""
    sheet = tmp_path / "seen.csv"
    sheet.write_text(SHEET, encoding="utf-8-sig")
    result = import_files(live.settings, live.campaign, [sheet], zone=ZoneInfo("Asia/Kolkata"))
    counts = {name: {key: n for key, n in one.counts.items() if n} for name, one in result.platforms.items()}
    assert counts["facebook"] == {"fetched": 7, "new": 3, "duplicate": 1, "suppressed": 2, "quarantined": 1}
    assert counts["instagram"] == {"fetched": 1, "new": 1}
    states = {name: one.state for name, one in result.platforms.items()}
    assert (result.state, states) == ("partial", {"facebook": "partial", "instagram": "completed"})
    [bad] = result.platforms["facebook"].warnings
    assert bad.startswith("seen.csv: Line 7: type is none of")
    assert select(engine, "select act, actor_account, target_account, acted_at from core.interaction order by 4") == [
        ("mention", "hand:i02", "hand:i03", datetime(2026, 1, 15, 3, 30, tzinfo=UTC)),
        ("comment", "hand:sefina leota", "hand:kwabena o.", datetime(2026, 3, 3, 4, 30, tzinfo=UTC)),
        ("repost", "hand:mariam.haddad", "hand:sefina.leota", datetime(2026, 3, 3, 9, 30, tzinfo=UTC)),
        ("reply", "hand:i02", "hand:i01", datetime(2026, 3, 3, 11, tzinfo=UTC)),
    ]
    before = select(engine, WRITTEN)
    again = import_files(live.settings, live.campaign, [sheet], zone=ZoneInfo("Asia/Kolkata"), form="acts")
    assert again.platforms["facebook"].counts["unchanged"] == 3
    assert select(engine, WRITTEN) == before


def test_nobody_says_what_was_said(live: Live, engine: Engine, tmp_path: Path) -> None:
    """Of a line that cannot be read its reason stays, and nothing of what the clerk wrote."""
    sheet = tmp_path / "seen.csv"
    sheet.write_text("type,platform,at,source,target,note\nsaid,facebook,2026-03-03,Ana Zebra,Ben,zebra\n", "utf-8")
    assert import_files(live.settings, live.campaign, [sheet]).state == "failed"
    assert select(engine, "select reason, length(body), detail ilike '%zebra%' from raw.quarantine") == [
        ("unknown_act", 0, False)
    ]


def test_answers_that_x_has_forgotten_are_a_gap(live: Live, servers: Sandbox, engine: Engine) -> None:
    """Nine days after the first post, answers to it are no longer searched: those hours are missing, not complete."""
    first, *_, last = servers.world.collections()
    for moment in (first + timedelta(days=1), last):
        servers.clock.set(moment)
        live.posts()
    live.acts()
    gaps = "select distinct platform from core.coverage where query like 'interactions/%' and state = 'gap'"
    assert select(engine, gaps) == [("x",)]
