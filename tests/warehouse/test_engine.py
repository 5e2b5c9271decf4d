"""Connections: every session in UTC, every refusal one sentence without the password."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from warehouse.engine import connect, create_database, drop_database
from warehouse.errors import DatabaseUnavailable


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_usual_form_of_the_url_is_accepted(database_url: str, scheme: str) -> None:
    """Hosters write postgres://, SQLAlchemy postgresql+psycopg2://; all mean the same."""
    rest = make_url(database_url).render_as_string(hide_password=False).partition("://")[2]
    engine = connect(f"{scheme}://{rest}")
    with engine.connect() as connection:
        assert connection.scalar(text("select 1")) == 1
    engine.dispose()


def test_times_are_told_in_utc(engine: Engine, database_url: str) -> None:
    """Every session is in UTC, whatever the database's own zone."""
    with engine.begin() as connection:
        connection.execute(text(f"alter database {engine.url.database} set timezone = 'Asia/Tokyo'"))
    fresh = connect(database_url)
    with fresh.connect() as connection:
        assert connection.scalar(text("show timezone")) == "UTC"
    fresh.dispose()


def test_options_of_the_url_are_kept(database_url: str) -> None:
    """A setting in the URL's options holds beside ours."""
    engine = connect(make_url(database_url).update_query_dict({"options": "-c work_mem=5MB"}).render_as_string(False))
    with engine.connect() as connection:
        assert (connection.scalar(text("show work_mem")), connection.scalar(text("show timezone"))) == ("5MB", "UTC")
    engine.dispose()


def test_a_cut_connection_is_replaced(engine: Engine) -> None:
    """After the server has dropped our connections the next statement works."""
    with engine.connect() as connection:
        own = connection.scalar(text("select pg_backend_pid()"))
    other = connect(engine.url.render_as_string(hide_password=False))
    with other.connect() as connection:
        connection.execute(text("select pg_terminate_backend(:own, 5000)"), {"own": own})
    other.dispose()
    with engine.connect() as connection:
        assert connection.scalar(text("select pg_backend_pid()")) != own


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://ana:s3cret@127.0.0.1:1/rollcall", "No usable PostgreSQL at .*127.0.0.1:1/rollcall.*refused"),
        ("postgresql://127.0.0.1:1/rollcall?user=ana&password=s3cret", "No usable PostgreSQL at .*user=ana: .*refused"),
        ("mysql://ana:s3cret@localhost/rollcall", "only PostgreSQL"),
        ("ana:s3cret@localhost", "cannot be read"),
        ("postgresql://ana:s3cret@localhost:port/rollcall", "cannot be read"),
    ],
)
def test_a_url_that_does_not_work_gives_one_sentence(url: str, sentence: str) -> None:
    """What is wrong and where, and never the password."""
    with pytest.raises(DatabaseUnavailable, match=sentence) as refused:
        connect(url)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_database_that_cannot_hold_every_script_is_refused(server_url: str) -> None:
    """Only UTF-8 holds what people write."""
    name = f"rollcall_ascii_{uuid.uuid4().hex[:12]}"
    keeper = connect(server_url)
    with keeper.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(f"create database {name} template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'")
        )
    keeper.dispose()
    try:
        with pytest.raises(DatabaseUnavailable, match="as SQL_ASCII"):
            connect(make_url(server_url).set(database=name).render_as_string(hide_password=False))
    finally:
        drop_database(server_url, name)


def test_a_dropped_database_is_gone_and_dropping_again_is_fine(server_url: str) -> None:
    """Dropping cuts open connections, and a database that is not there is no error."""
    name = f"rollcall_drop_{uuid.uuid4().hex[:12]}"
    engine = connect(create_database(server_url, name))
    with engine.connect():
        drop_database(server_url, name)
    engine.dispose()
    drop_database(server_url, name)
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        connect(make_url(server_url).set(database=name).render_as_string(hide_password=False))
