"""The run ledger and the locks: who is at work, and who is gone."""

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from warehouse import ledger, locks
from warehouse.errors import AlreadyRunning, TallyMismatch

NOW = datetime(2027, 2, 1, tzinfo=UTC)


def clock():
    return NOW


def runs(engine):
    with engine.begin() as connection:
        return list(connection.execute(text("select state, ended_at, error from core.run order by started_at")))


def killed_while(database_url, work):
    """Run the lines in a process of its own, wait until they are done, and kill it hard while it holds what it took."""
    lines = f"""
import sys, time
from datetime import UTC, datetime
from warehouse import ledger, locks
from warehouse.engine import connect
engine = connect({database_url!r})
{work}
print("ready", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", lines], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    yield process


def eventually_swept(engine):
    """PostgreSQL notices a moment later that a killed process is gone."""
    patient_until = time.monotonic() + 20
    while not (swept := ledger.sweep(engine)) and time.monotonic() < patient_until:
        time.sleep(0.05)
    return swept


def test_a_run_is_in_the_ledger_from_its_begin_to_its_end(engine):
    """A finished run has a state and an end; sweeping leaves it as it is."""
    run = ledger.begin(engine, "itp28", "collect", clock)
    assert runs(engine) == [("running", None, None)]
    run.finish("partial", "x did not answer.")
    assert ledger.sweep(engine) == 0
    assert runs(engine) == [("partial", NOW, "x did not answer.")]


def test_a_running_run_is_not_swept(engine):
    """A run whose process lives is left alone, also by a sweep of the same process."""
    run = ledger.begin(engine, "itp28", "collect", clock)
    assert ledger.sweep(engine) == 0
    run.finish("completed")


def test_a_killed_run_is_found(engine, database_url):
    """A run whose process was killed hard is marked as died, with its platforms, once; no end is invented."""
    begin = (
        "run = ledger.begin(engine, 'itp28', 'collect', lambda: datetime(2027, 1, 1, tzinfo=UTC))\n"
        "with engine.begin() as connection:\n"
        "    ledger.set_platform(connection, run.run_id, 'x', 'running')\n"
        "    ledger.set_platform(connection, run.run_id, 'mastodon', 'completed')"
    )
    process = killed_while(database_url, begin)
    next(process)
    assert ledger.sweep(engine) == 0
    next(process)
    assert eventually_swept(engine) == 1
    assert ledger.sweep(engine) == 0
    assert runs(engine) == [("died", None, None)]
    with engine.begin() as connection:
        states = connection.execute(text("select platform, state from core.run_platform order by 1")).all()
    assert states == [("mastodon", "completed"), ("x", "died")]


def test_only_one_collects_a_platform_of_a_campaign(engine, database_url):
    """A second collector is refused at once, another platform or campaign is not, and a kill frees the lock."""
    process = killed_while(database_url, "guard = locks.collecting(engine, 'itp28', 'x')\nguard.__enter__()")
    next(process)
    with (
        pytest.raises(AlreadyRunning, match="loading x for the campaign itp28"),
        locks.collecting(engine, "itp28", "x"),
    ):
        pass
    with locks.collecting(engine, "itp28", "mastodon"), locks.collecting(engine, "other", "x"):
        pass
    next(process)
    for _ in range(2):
        with locks.collecting(engine, "itp28", "x"):
            pass


def test_two_threads_of_one_process_are_two_collectors(engine):
    """The lock also holds between threads that share an engine."""
    with locks.collecting(engine, "itp28", "x"), pytest.raises(AlreadyRunning), locks.collecting(engine, "itp28", "x"):
        pass


def test_an_error_inside_frees_the_lock(engine):
    """A lock is free again when its holder fails."""
    with pytest.raises(RuntimeError), locks.building(engine):
        raise RuntimeError
    with locks.building(engine):
        pass


def test_platforms_are_entered_and_changed(engine):
    """A platform's state, requests and cost are what was said last; the tally is not touched."""
    run = ledger.begin(engine, "itp28", "collect", clock)
    with engine.begin() as connection:
        ledger.set_platform(connection, run.run_id, "x", "running")
        connection.execute(text("update core.run_platform set fetched = 2, new = 2"))
        ledger.set_platform(connection, run.run_id, "x", "partial", 7, Decimal("0.0050"), "It stopped.")
        row = connection.execute(text("select state, requests, fetched, cost, error from core.run_platform")).one()
    assert row == ("partial", 7, 2, Decimal("0.0050"), "It stopped.")
    run.finish("partial")


@pytest.mark.parametrize(
    ("state", "more", "verb", "platform", "kept"),
    [
        ("completed", (), "collect", "x", []),
        ("failed", (), "collect", "x", ["Look."]),
        ("partial", ("Again.",), "collect", "x", ["Again."]),
        ("completed", (), "refresh", "x", ["Look."]),
        ("completed", (), "collect", "mastodon", ["Look."]),
    ],
)
def test_what_is_to_mend_is_kept_until_the_next_reading(engine, state, more, verb, platform, kept):
    """One of the same verb and platform that came to its end, or that says something itself."""
    for name, at, how, said in (("collect", "x", "completed", ("Look.",)), (verb, platform, state, more)):
        run = ledger.begin(engine, "itp28", name, clock)
        with engine.begin() as connection:
            ledger.set_platform(connection, run.run_id, at, "running")
            ledger.set_platform(connection, run.run_id, at, how, to_mend=said)
            found = connection.execute(text("select unnest(to_mend) from core.run_platform")).scalars().all()
        run.finish(how)
    assert found == kept


def test_a_tally_that_does_not_add_up_fails_the_run(engine):
    """Even if the table's own rule were gone, finishing refuses, and the run is failed and not completed."""
    run = ledger.begin(engine, "itp28", "collect", clock)
    with engine.begin() as connection:
        connection.execute(text("alter table core.run_platform drop constraint every_item_is_accounted_for"))
        ledger.set_platform(connection, run.run_id, "x", "completed")
        connection.execute(text("update core.run_platform set fetched = 3, new = 2"))
    with pytest.raises(TallyMismatch, match="fetched from x"):
        run.finish("completed")
    assert runs(engine)[0].state == "failed"


def test_a_deadlock_is_tried_again(engine):
    """Two transactions that lock two rows in opposite orders both get through."""
    with engine.begin() as connection:
        connection.execute(text("create table pair as select n, 0 as times from generate_series(1, 2) n"))
    met = threading.Barrier(2)
    attempts = []

    def work(order):
        waits = iter([True])

        def both(connection):
            attempts.append(order)
            bump = text("update pair set times = times + 1 where n = :n")
            connection.execute(bump, {"n": order[0]})
            if next(waits, False):
                met.wait(timeout=20)
            connection.execute(bump, {"n": order[1]})

        ledger.retrying(engine, both)

    threads = [threading.Thread(target=work, args=(order,)) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.begin() as connection:
        assert connection.execute(text("select times from pair")).scalars().all() == [2, 2]
    assert len(attempts) == 3


def test_retries_are_bounded_and_only_for_what_asks_for_them(engine):
    """A serialization failure that never ends is given up after a few tries; any other error at once."""
    tries = []

    def failing(code):
        def work(connection):
            tries.append(code)
            connection.execute(text(f"do $$ begin raise exception using errcode = '{code}'; end $$"))

        return work

    for code, expected in (("40001", ledger.TRIES), ("23505", 1)):
        tries.clear()
        with pytest.raises(DBAPIError):
            ledger.retrying(engine, failing(code))
        assert len(tries) == expected
