"""A simulated week with the computer off for two days in the middle: what was collected and which gaps were declared
are what the simulated platforms still showed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from flows import campaign_file
from flows.settings import CREDENTIALS, Settings
from flows.steps import daily as steps
from flows.steps import roster
from flows.steps.collect import collect
from flows.steps.compare import differences
from flows.steps.report import report
from flows.steps.status import status
from flows.steps.watch import watch
from sandbox import server
from sandbox.papers import roster_csv
from sandbox.server import Sandbox
from sandbox.truth import SIEVED, truth
from sandbox.truth.fates import is_act
from sandbox.truth.seen import is_hidden_by_now
from sandbox.world import Planned, World, load
from tests.flows.receiver import Receiver, receiving
from warehouse.campaign import Campaign
from warehouse.gaps import Gap

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # from the plug-ins that apprise imports
ISLES = Path(server.__file__).parent / "worlds" / "archipelago"
OFF, ON = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 7, tzinfo=UTC)
LAST_BEFORE, FIRST_AFTER = datetime(2026, 3, 4, 6, tzinfo=UTC), datetime(2026, 3, 7, 6, tzinfo=UTC)
MEMORY = timedelta(hours=24)
"""How long Instagram shows what has a hashtag."""
STRANGERS = [LAST_BEFORE + timedelta(hours=2 + 6 * number) for number in range(11)]
"""When somebody nobody knows posts there, to be found by the hashtag alone."""
NEVER_MET = ("B11", "G10", "G12", "G90", "G91", "G94", "G97", "M08", "W08", "X06", "Y10")
"""Made and gone, or forgotten by Instagram, while nobody looked. Of the other strangers' posts some are among the most
liked, which are shown whatever their age; members' own are in their lists."""
CHANGED = {**dict.fromkeys(NEVER_MET, "unseen"), "T23": "out_of_scope", "X28": "out_of_scope"}
"""What becomes of posts otherwise than the plan says; two had taken their tag off when somebody looked again."""


class Interrupted(World):
    """The world as a team meets it whose computer was off: a daily run each morning, who dealt with whom after it."""

    def collections(self) -> tuple[datetime, ...]:
        return tuple(one for one in World.collections(self) if one.hour == 6 and not OFF <= one < ON)

    def publications(self) -> tuple[datetime, ...]:
        return self.collections()


def interrupted() -> Interrupted:
    plan = load(ISLES)
    posts = {**plan.posts, **{post.plan_id: post for post in strangers(plan.posts["G12"])}}
    told = {name: replace(post, counts=CHANGED.get(name, post.counts)) for name, post in posts.items()}
    return Interrupted(**{**{one.name: getattr(plan, one.name) for one in fields(plan)}, "posts": told})


def strangers(like: Planned) -> Iterator[Planned]:
    for number, moment in enumerate(STRANGERS):
        versions = tuple(replace(version, since=moment) for version in like.versions)
        yield replace(like, plan_id=f"G9{number:x}", published_at=moment, visible_from=moment, versions=versions)


@dataclass(frozen=True, kw_only=True)
class Lived:
    settings: Settings
    campaign: Campaign
    world: Interrupted
    servers: Sandbox
    receiver: Receiver


@pytest.fixture
def lived(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lived]:
    """The week, lived through."""
    world = interrupted()
    with server.serve(world) as servers, receiving("planted-Secret-4711") as receiver:
        (folder := tmp_path / "campaigns").mkdir()
        (folder / "archipelago.toml").write_text(servers.campaign_toml(), "utf-8")
        given = world.credentials()
        settings = Settings(
            home=tmp_path / "home",
            database_url=database_url,
            campaign_folders=(folder,),
            credentials={p: {k: given[v] for k, v in names.items() if v in given} for p, names in CREDENTIALS.items()},
            notify_urls=(receiver.url,),
        )
        campaign = campaign_file.find(settings)
        (path := tmp_path / "roster.csv").write_text(roster_csv(world), "utf-8")
        roster.load(settings, path, campaign, clock=lambda: campaign.opens_at)
        there = Lived(settings=settings, campaign=campaign, world=world, servers=servers, receiver=receiver)
        live_through(there, monkeypatch)
        yield there


def live_through(there: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built once only, at the end, because building takes long."""
    settings, campaign, clock = there.settings, there.campaign, there.servers.clock
    build, written, last = steps.build, settings.home / "report.html", there.world.collections()[-1]
    monkeypatch.setattr(steps, "report", lambda settings, campaign: written)
    monkeypatch.setattr(steps, "build", lambda *given, **named: None)
    for moment in there.world.collections():
        clock.set(moment)
        if moment == FIRST_AFTER:
            (seen,) = watch(settings, clock=clock.now)
            said = f"{campaign.title}: no daily run has ended well since that of 2026-03-04 06:00 UTC, 3 days ago."
            assert said in seen.troubles
        if moment == last:
            monkeypatch.setattr(steps, "build", build)
            collect(settings, campaign, clock=clock.now, sleep=clock.advance)
            collect(settings, campaign, stream="interactions", clock=clock.now, sleep=clock.advance)
        clock.set(moment)
        assert steps.daily(settings, campaign, clock=clock.now, sleep=clock.advance).state == "completed"
        if moment != last:
            collect(settings, campaign, stream="interactions", clock=clock.now, sleep=clock.advance)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_what_was_collected_and_what_is_missing_is_the_injected_truth(lived: Lived, engine: Engine) -> None:
    """Items by platform, every published number, every hour of the coverage; and people are told of it."""
    true = truth(lived.world)
    assert {name for name, fate in true["fates"].items() if fate == "unseen"} >= set(NEVER_MET)
    assert items(engine) == true_items(lived.world, true["fates"])
    assert differences(engine, lived.campaign.name, true) == []
    assert coverage(engine) == true_coverage(lived, engine)
    is_told(lived)
    is_reported(lived, engine)


def items(engine: Engine) -> dict[str, int]:
    return dict(rows(engine, "select platform, count(*) from core.item group by 1"))


def true_items(world: World, fates: Mapping[str, str]) -> dict[str, int]:
    """What lands: all that was met, but for what the sieve keeps out, and acts that are no posts of their own."""
    kept_out = {"unseen", "out_of_scope", *SIEVED}
    posts = (
        post
        for name, post in world.posts.items()
        if (fates[name] not in kept_out and not is_act(world, post))
        or (fates[name] == "not_public" and is_hidden_by_now(world, post))  # it was public when it was met
    )
    return Counter(post.platform for post in posts)


def coverage(engine: Engine) -> dict[tuple[str, str], dict[datetime, str]]:
    """Platform and query -> hour -> state, of what is asked for posts."""
    found: dict[tuple[str, str], dict[datetime, str]] = {}
    for platform, query, hour, state in rows(engine, "select platform, query, hour, state from core.coverage"):
        if not query.startswith("interactions/"):
            found.setdefault((platform, query), {})[hour] = state
    return found


def true_coverage(lived: Lived, engine: Engine) -> dict[tuple[str, str], dict[datetime, str]]:
    """From the first moment of the first day on earth to the end everything was read, but what Instagram had forgotten
    of a hashtag when the computer was on again."""
    asked = rows(engine, "select platform, query from core.query where not starts_with(query, 'interactions/')")
    hours = hours_between(lived.campaign.opens_at, min(lived.campaign.closes_at, lived.world.collections()[-1]))
    forgotten = set(hours_between(LAST_BEFORE, FIRST_AFTER - MEMORY))
    return {
        (platform, query): {
            hour: "gap"
            if hour in forgotten and platform == "instagram" and query.startswith("hashtag/")
            else "complete"
            for hour in hours
        }
        for platform, query in asked
    }


def hours_between(since: datetime, until: datetime) -> list[datetime]:
    return [since + timedelta(hours=number) for number in range((until - since) // timedelta(hours=1))]


def is_told(lived: Lived) -> None:
    """By `status` and by the first digest after the days off; later ones tell it as known."""
    lost = [
        Gap(
            platform="instagram",
            query=f"hashtag/{tag}",
            state="gap",
            since=LAST_BEFORE,
            until=FIRST_AFTER - MEMORY,
            hours=48,
        )
        for tag in ("isle7", "isles7")
    ]
    stands = status(lived.settings, lived.campaign, clock=lived.servers.clock.now)
    assert [gap for gap in stands.gaps if not gap.query.startswith("interactions/")] == lost
    assert stands.daily.missed == [date(2026, 3, 5), date(2026, 3, 6)]
    digests = {message["title"].partition(": ")[0]: message["message"] for message in lived.receiver.messages}
    told = "instagram, hashtag/isles7: 48 hours, 2026-03-04 06:00 to 2026-03-06 06:00 UTC"
    assert told not in digests["#Isles7, Tuesday 3 March"]
    assert f"- New: {told}" in digests["#Isles7, Friday 6 March"]
    assert f"- {told}" in digests["#Isles7, Saturday 7 March"]
    assert "Days without a daily run that ended well: 5 Mar, 6 Mar." in digests["#Isles7, Friday 6 March"]


def is_reported(lived: Lived, engine: Engine) -> None:
    """The page tells the hours, by platform, query and day."""
    page = report(lived.settings, lived.campaign).read_text("utf-8")
    caption = re.search(r"<strong>Instagram</strong> <bdi>hashtag/isles7</bdi>(.*?)</caption>", page, re.DOTALL)
    assert caption
    assert " 48 gap," in " ".join(re.sub(r"<[^>]+>", "", caption[1]).split())
    by_day = (
        "select day, hours_gap from metrics.metric_coverage where query = 'hashtag/isles7' and hours_gap > 0 order by 1"
    )
    assert rows(engine, by_day) == [(date(2026, 3, 4), 18), (date(2026, 3, 5), 24), (date(2026, 3, 6), 6)]


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
