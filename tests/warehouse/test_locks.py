"""A run whose lock is lost writes no more: somebody else may be at it by then. One that ends in time is not dead."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from warehouse import ledger, locks
from warehouse.engine import connect
from warehouse.errors import AlreadyRunning, DatabaseUnavailable


def test_no_transaction_begins_once_the_lock_is_lost(engine: Engine, database_url: str) -> None:
    """While it is held all goes on; when its session was cut, as by a restart, the next transaction is refused."""
    other = connect(database_url)
    holder = locks.take(engine, 7)
    assert holder is not None
    locks.only_while_held(engine, holder)
    with engine.begin() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1
    session = holder.execute(text("select pg_backend_pid()")).scalar_one()
    with other.begin() as connection:
        connection.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": session})
    with pytest.raises(DatabaseUnavailable, match="was restarted, or cut us off"), engine.begin():
        pytest.fail("a transaction began without the lock")
    other.dispose()


def test_a_lock_that_was_given_back_stops_nothing(engine: Engine) -> None:
    """A run that is over may still be looked at."""
    holder = locks.take(engine, 7)
    assert holder is not None
    locks.only_while_held(engine, holder)
    holder.close()
    with engine.begin() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


def test_both_sides_notice_soon_that_a_computer_is_gone(engine: Engine) -> None:
    """Each session asks the server to look after its other end each half minute, and so does our end."""
    with engine.begin() as connection:
        found = connection.execute(text("select setting from pg_settings where name = 'tcp_keepalives_idle'"))
        on_a_socket = connection.execute(text("select inet_server_addr() is null")).scalar_one()
        assert found.scalar_one() == ("0" if on_a_socket else "30")
        ours = connection.connection.driver_connection
        assert ours is not None
        assert ours.get_dsn_parameters()["keepalives_idle"] == "30"


def test_a_run_that_ends_while_the_dead_are_counted_is_none_of_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was open when the sweep looked, and has ended when the sweep finds its lock free."""
    run = ledger.begin(engine, None, "collect", lambda: datetime(2027, 2, 1, tzinfo=UTC))
    lock_of = ledger._lock_of

    def ended_meanwhile(run_id: object) -> int:
        if not run.life.closed:
            run.finish("completed")
        return lock_of(run.run_id)

    monkeypatch.setattr(ledger, "_lock_of", ended_meanwhile)
    assert ledger.sweep(engine) == 0
    with engine.begin() as connection:
        assert connection.execute(text("select state from core.run")).scalar_one() == "completed"


def test_who_waits_for_a_turn_says_so_and_gets_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told once; with no patience left it is refused as ever."""
    monkeypatch.setattr(locks, "NOTICED_WITHIN", 0.1)
    monkeypatch.setattr(locks, "LOOKS_EVERY", 0.1)
    told: list[str] = []
    with locks.building(engine):
        with pytest.raises(AlreadyRunning, match="right now"), locks.building(engine, patience=0.4, tell=told.append):
            pytest.fail("two build at a time")
        assert told == ["Somebody else is at it. This waits for its turn, up to a minute."]
        turn = threading.Event()

        def wait() -> None:
            with locks.building(engine, patience=60, tell=told.append):
                turn.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not turn.wait(0.5)
    waiting.join(10)
    assert turn.is_set()
    assert told[1:] == ["Somebody else is at it. This waits for its turn, up to a minute."]
