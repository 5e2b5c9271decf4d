"""Each fault on each platform, through the real collection (`faults.md` 16-28, 37-41).

Whatever happens: the run ends within its bounds, the platform's state and sentence say what it was, the other platforms
are whole, and after one clean run the warehouse equals one that never saw a fault.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.transport import Patience
from flows.settings import Settings
from flows.steps.collect import collect
from flows.steps.results import RunResult
from sandbox import server
from sandbox.world import Planned, Version, World, load, moment
from warehouse.campaign import Campaign
from warehouse.engine import connect, create_database, drop_database

PLATFORMS = ("mastodon", "wordpress", "x")
MIDWEEK = moment("2026-02-06T06:15:00Z")
PATIENT = Patience(connect_timeout=5, read_timeout=10, request_deadline=20, tries=3, longest_wait=120, total_wait=600)
IMPATIENT = replace(PATIENT, read_timeout=1.5, request_deadline=3)
"""For servers that never answer."""
LONGEST = 60.0
"""Seconds in which the run must have ended, whatever the platform does."""
MOST_REQUESTS = 60
THIRD_PAGE = {"mastodon": 3, "wordpress": 5, "x": 4}
"""The request that asks a platform for its third page (WordPress is asked for its two tags first, X for a count)."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    kind: str
    ends: str = "completed"
    """The state of the platform's part of the run, or "stopped" for failed or partial."""
    says: str = ""
    """What its sentence holds."""
    times: int | None = None
    first: int = 1
    quarantined: bool = False
    only: tuple[str, ...] = PLATFORMS
    quick: tuple[str, ...] = ()
    """The platforms on which it runs in `make test`; if none, on its first in `make test-full`. On the others in
    `make test-long`."""
    options: dict[str, Any] = field(default_factory=dict)


def limited(reset: str, times: int | None = 1, wait: int = 60, **more: Any) -> Case:
    name = f"429 {reset} {'for ever' if times is None else f'x{times}'} {wait}s"
    return Case(name=name, kind="rate_limited", times=times, options={"reset": reset, "wait": wait}, **more)


SLOW = "asks us to slow down"
JSON = r"not a list|not a page|without posts|not \(whole\) JSON"
GONE = "did not answer|broke off"
CASES = (
    limited("epoch", quick=("x",)),
    limited("iso", quick=("mastodon",)),
    limited("seconds", quick=("wordpress",)),
    limited("date", quick=("mastodon",)),
    limited("doubled", quick=("x",)),
    limited("missing", quick=("wordpress",)),
    limited("past"),
    limited("absurd"),
    limited("epoch", None, ends="stopped", says=SLOW),
    limited("missing", None, ends="stopped", says=SLOW, quick=("x",)),
    limited("past", None, ends="stopped", says=SLOW),
    limited("absurd", None, ends="stopped", says=SLOW, quick=("mastodon",)),
    limited("epoch", None, 3600, ends="stopped", says=SLOW),
    Case(name="500 twice", kind="status", times=2, options={"status": 500}, quick=("wordpress",)),
    Case(name="503 for ever", kind="status", ends="stopped", says="trouble of its own", options={"status": 503}),
    Case(name="hangs once", kind="hang", times=1, quick=("x",)),
    Case(name="hangs for ever", kind="hang", ends="stopped", says=GONE, quick=("mastodon",)),
    Case(name="drips", kind="drip", ends="stopped", says=GONE),
    Case(name="drops once", kind="drop", times=1),
    Case(name="drops for ever", kind="drop", ends="stopped", says="cannot be reached"),
    Case(name="html once", kind="html", times=1),
    Case(name="html for ever", kind="html", ends="stopped", says=JSON, quick=("wordpress",)),
    Case(name="truncated once", kind="truncated", times=1),
    Case(name="truncated for ever", kind="truncated", ends="stopped", says=JSON, quick=("x",)),
    Case(name="empty body", kind="body", ends="stopped", says=JSON, options={"body": ""}),
    Case(name="null", kind="body", ends="stopped", says=JSON, options={"body": "null"}, quick=("mastodon",)),
    Case(name="{}", kind="body", ends="stopped", says=JSON, options={"body": "{}"}, quick=("x",)),
    Case(name="same page", kind="same_page", ends="stopped", says="again and again", quick=("mastodon", "x")),
    Case(name="same page from the second", kind="same_page", first=2, ends="stopped", says="again and", only=("x",)),
    Case(name="no id", kind="bad_record", quarantined=True, options={"how": "missing_id"}, quick=("x", "wordpress")),
    Case(name="no object", kind="bad_record", quarantined=True, options={"how": "wrong_type"}),
    Case(name="a null", kind="bad_record", quarantined=True, options={"how": "null"}),
    Case(name="deep", kind="bad_record", quarantined=True, options={"how": "deep"}, quick=("mastodon",)),
    Case(name="half a character", kind="bad_record", options={"how": "surrogate"}, quick=("wordpress",)),
    Case(name="403", kind="status", ends="stopped", says=r"refuses access \(403\)", options={"status": 403}),
    Case(name="redirect", kind="redirect", ends="stopped", says="redirects to another server", quick=("x",)),
    Case(name="no credits", kind="status", ends="failed", says="used up", options={"status": 402}, only=("x",)),
    Case(
        name="usage cap", kind="status", ends="failed", says="used up", only=("x",), quick=("x",),
        options={"status": 429, "code": "usage-capped"},
    ),
)  # fmt: skip


def runs() -> Iterator[Any]:
    for case in CASES:
        for platform in case.only:
            yield pytest.param(platform, case, id=f"{platform}: {case.name}", marks=_when(case, platform))


def _when(case: Case, platform: str) -> Sequence[pytest.MarkDecorator]:
    if platform in case.quick:
        return ()
    sampled = not case.quick and platform == case.only[0]
    return (pytest.mark.full,) if sampled else (pytest.mark.long,)


@pytest.fixture(scope="module")
def crowded() -> Iterator[server.Sandbox]:
    """The small world in midweek, with so many more posts that every platform needs more than two pages."""
    world = load(Path(server.__file__).parent / "worlds" / "lanterns")
    with server.serve(replace(world, posts={**world.posts, **dict(crowd(world))})) as sandbox:
        yield sandbox


@pytest.fixture
def servers(crowded: server.Sandbox) -> server.Sandbox:
    crowded.forget()
    crowded.clock.set(MIDWEEK)
    return crowded


def crowd(world: World) -> Iterator[tuple[str, Planned]]:
    for model, many in (("M01", 110), ("W01", 230), ("X06", 230)):
        for n in range(many):
            at = moment("2026-02-03T00:00:00Z") + timedelta(minutes=11 * n)
            text = f"Lamp {n:03d} of a long street. #Lanterns7"
            version = Version(text=text, tags=world.posts[model].versions[0].tags, since=at)
            plan_id = f"{model}/{n:03d}"
            yield (
                plan_id,
                replace(
                    world.posts[model],
                    plan_id=plan_id,
                    title=f"Lamp {n:03d}" if model == "W01" else "",
                    published_at=at,
                    visible_from=at,
                    versions=(version,),
                    arrivals=(),
                ),
            )


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, patience=PATIENT)


def run(settings: Settings, campaign: Campaign, servers: server.Sandbox) -> RunResult:
    return collect(settings, campaign, clock=servers.clock.now, sleep=servers.clock.advance)


@pytest.fixture(scope="module")
def remembered() -> dict[str, list[str]]:
    return {}


@pytest.fixture
def undisturbed(
    remembered: dict[str, list[str]], settings: Settings, campaign: Campaign, servers: server.Sandbox,
    server_url: str, template: str,
) -> dict[str, list[str]]:  # fmt: skip
    """The content of a warehouse that never saw a fault, collected once for all tests."""
    if not remembered:
        name = f"rollcall_test_{uuid.uuid4().hex[:12]}"
        other = replace(settings, database_url=create_database(server_url, name, template=template))
        assert run(other, campaign, servers).state == "completed"
        remembered.update(content(other))
        drop_database(server_url, name)
        servers.forget()
    return dict(remembered)


CONTENT = {
    "core.item": "to_jsonb(t) - 'observed_at' - 'first_seen_at'",
    "core.item_version": "to_jsonb(t) - 'observed_at'",
    "core.metric_snapshot": "to_jsonb(t) - 'observed_at'",
    "core.account": "to_jsonb(t) - 'observed_at'",
    "core.account_handle": "to_jsonb(t) - 'seen_from'",
    "core.sieved": "jsonb_build_array(t.platform, t.reason)",
    "core.watermark": "jsonb_build_array(t.platform, t.query)",
    "raw.item": "jsonb_build_array(t.platform, t.source, t.key, t.sha256)",
}


def content(settings: Settings) -> dict[str, list[str]]:
    """Every row of the warehouse, without the times at which it was seen."""
    assert settings.database_url
    engine = connect(settings.database_url)
    with engine.connect() as connection:
        found = {
            table: sorted(
                str(row) for row in connection.execute(text(f"select ({what})::text from {table} t")).scalars()
            )
            for table, what in CONTENT.items()
        }
    engine.dispose()
    return found


@pytest.mark.parametrize(("platform", "case"), list(runs()))
def test_a_fault_costs_nothing_but_time(
    platform: str, case: Case, settings: Settings, campaign: Campaign, servers: server.Sandbox,
    undisturbed: dict[str, list[str]],
) -> None:  # fmt: skip
    """Bounded, told in one sentence, the others untouched, and nothing lost once it is over."""
    impatient = replace(settings, patience=IMPATIENT) if case.kind in {"hang", "drip"} else settings
    servers.faults.plant(platform, case.kind, first=case.first, times=case.times, **case.options)
    started = time.monotonic()
    result = run(impatient, campaign, servers)
    assert time.monotonic() - started < LONGEST
    assert servers.clock.now() - MIDWEEK < timedelta(seconds=2 * PATIENT.total_wait)
    assert len(servers.asked(platform)) <= MOST_REQUESTS
    assert servers.faults.planted[0].hit
    check(result, platform, case)

    servers.faults.clear()
    later = run(settings, campaign, servers)
    assert {part.state for part in later.platforms.values()} == {"completed"}
    after = content(settings)
    if case.options.get("how") == "surrogate":  # what the platform showed is kept as it was shown, and flagged
        for table in ("raw.item", "core.item_version", "core.item"):
            assert len(after.pop(table)) >= len(undisturbed.pop(table))
    assert after == undisturbed


def check(result: RunResult, platform: str, case: Case) -> None:
    """The state and the sentence of the spoiled platform; the others complete."""
    part = result.platforms[platform]
    allowed = {"failed", "partial"} if case.ends == "stopped" else {case.ends}
    assert part.state in allowed, part
    if case.says:
        assert re.search(case.says, str(part.error)), part.error
    others = [other for name, other in result.platforms.items() if name != platform]
    assert {other.state for other in others} == {"completed"}
    assert all(other.counts["new"] > 50 for other in others)
    assert (part.counts["quarantined"] > 0) is case.quarantined


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_token_that_dies_on_the_third_page(
    platform: str, settings: Settings, campaign: Campaign, servers: server.Sandbox, undisturbed: dict[str, list[str]]
) -> None:
    """Pages one and two stay, nothing is asked again, and the sentence says what to renew; later all of it comes."""
    at = "mastodon/north.lanterns.example" if platform == "mastodon" else platform
    servers.faults.plant(at, "status", first=THIRD_PAGE[platform], status=401)
    part = run(settings, campaign, servers).platforms[platform]
    assert part.state in {"failed", "partial"}
    assert part.counts["new"] >= {"mastodon": 80, "wordpress": 199, "x": 200}[platform]  # of a blog one comes twice
    assert "credential" in str(part.error) or "ROLLCALL_" in str(part.error)
    servers.faults.clear()
    assert run(settings, campaign, servers).state == "completed"
    assert content(settings) == undisturbed


def test_a_credential_never_follows_to_another_host(
    settings: Settings, campaign: Campaign, servers: server.Sandbox
) -> None:
    """Nobody goes where a redirect leads, with or without a token."""
    servers.faults.plant("x", "redirect")
    run(settings, campaign, servers)
    assert servers.asked("x")
    assert servers.asked("elsewhere") == []
