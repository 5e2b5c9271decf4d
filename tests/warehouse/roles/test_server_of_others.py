"""A server that rollcall shares with others: names that are taken, a database that is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from warehouse import embedded
from warehouse.engine import connect, create_database
from warehouse.errors import SchemaMismatch
from warehouse.migrate import check, migrate


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server of the test's own: roles belong to a whole server."""
    yield embedded.start(tmp_path, durable=False)
    embedded.stop(tmp_path)


def do(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def one(engine: Engine, query: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar()


@pytest.mark.parametrize("may", ["superuser", "createrole", "bypassrls", "in role pg_read_all_data"])
def test_a_role_of_our_name_that_is_somebody_elses_gets_nothing(server: str, may: str) -> None:
    """A sentence says which and what to do, nothing is made; once it is renamed the warehouse is made."""
    engine = connect(create_database(server, "theirs"))
    try:
        do(engine, f"create role rollcall_analyst login {may}")
        with pytest.raises(SchemaMismatch, match=r"alter role rollcall_analyst rename to .*Nothing was changed"):
            migrate(engine)
        assert one(engine, "select to_regnamespace('core')") is None
        do(engine, "alter role rollcall_analyst rename to not_ours")
        migrate(engine)
        check(engine)
        assert one(engine, "select has_schema_privilege('rollcall_analyst', 'analysis', 'usage')")
        assert not one(engine, "select has_schema_privilege('rollcall_analyst', 'people', 'usage')")
    finally:
        engine.dispose()


def test_rights_that_only_the_databases_owner_can_give_are_asked_for_once(server: str) -> None:
    """The warehouse's owner, in a database of somebody else, does not grant everything anew at every command."""
    admin = connect(create_database(server, "theirs"))
    do(admin, "create role plain login createrole", "grant connect, create on database theirs to plain",
       "grant create on schema public to plain",
       "revoke temporary on database theirs from public")  # fmt: skip
    mine = connect(make_url(server).set(username="plain", database="theirs").render_as_string(hide_password=False))
    granted = "select array_agg(xmin::text order by nspname) from pg_namespace where nspname !~ '^pg_'"
    try:
        migrate(mine)
        assert not one(mine, "select has_database_privilege('rollcall_loader', 'theirs', 'temporary')")
        before = one(mine, granted)
        migrate(mine)
        assert one(mine, granted) == before
        do(admin, "revoke usage on schema core from rollcall_loader")
        migrate(mine)
        assert one(mine, granted) != before
    finally:
        admin.dispose()
        mine.dispose()
