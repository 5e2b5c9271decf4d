"""A run whose lock is lost writes no more: somebody else may be at it by then."""

import pytest
from sqlalchemy import Engine, text

from warehouse import locks
from warehouse.engine import connect
from warehouse.errors import DatabaseUnavailable


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
