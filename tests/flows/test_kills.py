"""A run killed hard, wherever it is: one clean run later, the warehouse is what it would have been without the kill.

Killed at boundary 1, then 2, then 3, …, until a run gets through (`killable.py` says what a boundary is). Each kill
works on a copy of a warehouse that already holds an earlier collection, so that there is something to update.

The clean run reads from the watermarks, which the killed one may have moved for some of its queries; its answers are
then cut differently. So there may be more envelopes of answers, never fewer; all other rows are equal.
"""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.registry import CONNECTORS
from connectors.transport import Patience
from flows import campaign_file
from flows.settings import CREDENTIALS, Settings
from sandbox import limits, server
from sandbox.world import load
from tests.flows.killable import Outcome, Task
from warehouse.campaign import Campaign
from warehouse.engine import connect, create_database, drop_database

WORLD = Path(server.__file__).parent / "worlds" / "archipelago"
KILLABLE = Path(__file__).with_name("killable.py")

# Everything that collecting writes, but for the ledger of runs, the ids of runs and the numbers that sequences give.
COMPARED = {
    "raw.page": "select to_jsonb(t) - '{page_id,run_id}'::text[] from raw.page t",
    "raw.item": "select to_jsonb(t) - '{raw_item_id,page_id}'::text[] || jsonb_build_object('page', p.sha256)"
    " from raw.item t join raw.page p using (page_id)",
    "raw.quarantine": "select to_jsonb(t) - '{quarantine_id,run_id}'::text[] from raw.quarantine t",
    **{
        table: f"select to_jsonb(t) - 'run_id' from {table} t"
        for table in (
            "core.campaign",
            "core.prompt",
            "core.watermark",
            "core.coverage",
            "core.sieved",
            "core.account",
            "core.account_handle",
            "core.item",
            "core.item_version",
            "core.metric_snapshot",
        )
    },
}


@dataclass
class Yard:
    """The simulated platforms, a warehouse with an earlier collection, and the process whose children die."""

    settings: Settings
    campaign: Campaign
    server_url: str
    base: str
    at: datetime
    process: subprocess.Popen[bytes]

    def collect(self, database_url: str, platform: str, boundary: int = 0) -> Outcome:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        settings = replace(self.settings, database_url=database_url)
        pickle.dump(Task(settings, self.campaign, platform, self.at, boundary), self.process.stdin)
        self.process.stdin.flush()
        outcome = pickle.load(self.process.stdout)
        assert isinstance(outcome, Outcome)
        return outcome

    @contextmanager
    def warehouse(self) -> Iterator[str]:
        """A copy of the warehouse with the earlier collection."""
        name = f"rollcall_kill_{uuid.uuid4().hex[:12]}"
        yield create_database(self.server_url, name, template=self.base)
        drop_database(self.server_url, name)


@pytest.fixture(scope="module")
def yard(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    home = tmp_path_factory.mktemp("kills")
    world = load(WORLD)
    given = world.credentials()
    base = f"rollcall_kill_base_{uuid.uuid4().hex[:12]}"
    settings = Settings(
        home=home,
        database_url=create_database(server_url, base, template=template),
        campaign_folders=(home,),
        credentials={p: {k: given[v] for k, v in names.items() if v in given} for p, names in CREDENTIALS.items()},
        patience=Patience(connect_timeout=5, read_timeout=10, request_deadline=20, tries=3),
        suppression_key="a key of the tests, long enough",
    )
    with pytest.MonkeyPatch.context() as patch, server.serve(world) as sandbox, _process() as process:
        patch.setattr(limits.Windows, "take", _tireless(limits.Windows.take))
        (home / f"{world.name}.toml").write_text(sandbox.campaign_toml(), "utf-8")
        first = world.collections()[0]
        assert settings.database_url is not None
        yard = Yard(settings, campaign_file.find(settings), server_url, base, first + timedelta(days=1), process)
        sandbox.clock.set(yard.at)
        for platform in CONNECTORS:
            assert yard.collect(settings.database_url, platform).state == "completed", platform
        _wait_until_left(settings.database_url)
        yard.at = first + timedelta(days=3)
        sandbox.clock.set(yard.at)
        yield yard
    drop_database(server_url, base)


@contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from tests.flows.killable import main; main()"], stdin=-1, stdout=-1
    )
    yield process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()


def _tireless(take: Callable[..., limits.Standing]) -> Callable[..., limits.Standing]:
    """Hundreds of runs at one moment of the simulated clock must not meet rate limits, which are tested elsewhere."""
    return lambda *asked: replace(take(*asked), remaining=asked[2].requests)


def _wait_until_left(database_url: str) -> None:
    """Until PostgreSQL has noticed that the dead are gone, and has rolled back what they left."""
    engine = connect(database_url)
    others = text(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    for _ in range(500):
        with engine.connect() as connection:
            if connection.execute(others).scalar_one() == 0:
                break
        time.sleep(0.02)
    else:
        pytest.fail("a session of a killed run stays open")
    engine.dispose()


def rows(database_url: str) -> dict[str, list[str]]:
    engine = connect(database_url)
    with engine.connect() as connection:
        found = {
            table: sorted(str(row) for row in connection.execute(text(query)).scalars())
            for table, query in COMPARED.items()
        }
    engine.dispose()
    return found


def states(database_url: str) -> list[str]:
    engine = connect(database_url)
    with engine.connect() as connection:
        found = list(connection.execute(text("select state from core.run order by started_at, ended_at")).scalars())
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def undisturbed(yard: Yard) -> Callable[[str], tuple[dict[str, list[str]], int]]:
    """What a run that nobody disturbs leaves, and how many boundaries it has."""
    known: dict[str, tuple[dict[str, list[str]], int]] = {}

    def of(platform: str) -> tuple[dict[str, list[str]], int]:
        if platform not in known:
            with yard.warehouse() as database_url:
                before = rows(database_url)
                outcome = yard.collect(database_url, platform)
                assert outcome.state == "completed"
                assert rows(database_url) != before
                known[platform] = rows(database_url), outcome.boundaries
        return known[platform]

    return of


def kill(yard: Yard, platform: str, boundary: int, expected: dict[str, list[str]]) -> Outcome:
    """Kill a run at a boundary; if it died there, run once more and compare every row."""
    with yard.warehouse() as database_url:
        outcome = yard.collect(database_url, platform, boundary)
        if not outcome.killed:
            assert outcome.state == "completed"
            assert rows(database_url) == expected
            return outcome
        assert outcome.boundaries == boundary
        _wait_until_left(database_url)
        assert yard.collect(database_url, platform).state == "completed"
        found = rows(database_url)
        answers, expected_answers = set(found.pop("raw.page")), set(expected["raw.page"])
        assert expected_answers <= answers
        assert found == {table: expected[table] for table in found}, f"killed at boundary {boundary}"
        assert set(states(database_url)) <= {"completed", "died"}
        return outcome


@pytest.mark.parametrize("platform", CONNECTORS)
def test_a_run_killed_somewhere_leaves_no_trace(yard: Yard, undisturbed, platform: str) -> None:
    """A few boundaries, drawn with a fixed seed: after the kill, one clean run gives the undisturbed warehouse."""
    expected, boundaries = undisturbed(platform)
    for boundary in sorted(random.Random(platform).sample(range(1, boundaries + 1), 3)):
        assert kill(yard, platform, boundary, expected).killed


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("platform", CONNECTORS)
def test_a_run_killed_anywhere_leaves_no_trace(
    yard: Yard, undisturbed, platform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every boundary, one after the other, until a run gets through."""
    expected, boundaries = undisturbed(platform)
    met = 0
    while kill(yard, platform, met + 1, expected).killed:
        met += 1
    assert met == boundaries
    with capsys.disabled():
        sys.stdout.write(f"\n{platform}: killed at each of {met} boundaries\n")
