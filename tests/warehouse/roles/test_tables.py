"""As each role, every table and every column of every schema: what is not meant for it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from tests.warehouse.roles.conftest import EVERY_COLUMN, Somebody, contract
from warehouse.publish import PUBLISHED
from warehouse.roles import ROLES
from warehouse.roles.analysts import marks
from warehouse.transform import PROJECT

Readable = Callable[[str], dict[str, set[str]]]

OF_PEOPLE = {
    "loader": {
        "person": {"person_id", "created_at"},
        "person_role": {"person_id", "role", "known_from", "known_to"},
        "consent": {"person_id", "purpose", "state", "source", "changed_at"},
        "person_handle": None,
        "account_owner": None,
        "suppression": None,
        "suppression_key": None,
    },
    "reviewer": {
        "person": {"person_id", "display_name", "created_at"},
        "person_role": {"person_id", "role", "known_from", "known_to"},
        "consent": {"person_id", "purpose", "state", "source", "changed_at"},
        "review_item": None,
        "review_decision": None,
    },
    "publisher": {},
    "analyst": {},
}
"""What each role reads of schema people: table -> columns, None for all. Whoever adds a table decides here."""

OF_SCHEMAS = {
    "loader": {"raw", "core", "people", "metrics", "public"},
    "reviewer": {"core", "people", "marts", "public"},
    "publisher": {"core", "marts", "metrics", "open_data", "public"},
    "analyst": {"analysis", "open_data", "metrics"},
}
FORBIDDEN = re.compile("permission denied|cannot (insert into|update|delete from) view|is not a table")
"""What PostgreSQL says before it looks at the row."""
WRITES = {
    "loader": {"raw", "core", "people.suppression", "people.suppression_key"},
    "reviewer": {"core.campaign", "core.prompt", "people.review_decision"},
    "publisher": {"metrics.frozen_publication", "metrics.frozen_row"},
    "analyst": set(),
}


@pytest.mark.parametrize("role", ROLES)
def test_of_people_a_role_reads_only_what_its_work_needs(role: str, readable: Readable, owner: Engine) -> None:
    """To the column: consent only where it decides who may be read or matched, names only where people are shown."""
    with owner.connect() as connection:
        columns = {(row.relation, row.column) for row in connection.execute(EVERY_COLUMN) if row.schema == "people"}
    wanted = {
        table: named or {column for relation, column in columns if relation == table}
        for table, named in OF_PEOPLE[role].items()
    }
    found = {table.removeprefix("people."): its for table, its in readable(role).items() if table.startswith("people.")}
    assert found == wanted


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reads_beyond_its_schemas(role: str, readable: Readable) -> None:
    """Nobody but the owner reads the work space of builds; of `public` only the schema's version."""
    found = readable(role)
    assert {table.partition(".")[0] for table in found} <= OF_SCHEMAS[role]
    assert {table for table in found if table.startswith("public.")} <= {"public.rollcall_schema_version"}


def test_an_analyst_reads_the_views_and_what_is_restricted_to_nobody(readable: Readable) -> None:
    """All columns of all views, of open_data, and of those tables of `metrics` in which every column may be shown."""
    shown = {
        f"{schema}.{table}"
        for schema, table in PUBLISHED
        if schema == "metrics"
        and all(
            marks(schema, table)[name] == "show" or kind[:4] != "text" for name, kind in contract(schema, table).items()
        )
    }
    found = readable("analyst")
    assert {table for table in found if table.startswith("analysis.")} == {
        f"analysis.{table}" for schema, table in PUBLISHED if schema != "open_data"
    }
    assert {table for table in found if table.startswith("metrics.metric_")} == shown
    assert {table for table in found if table.startswith("metrics.") and "metric_" not in table} == {
        "metrics.publication",
        "metrics.frozen_publication",
    }
    assert {table for table in found if table.startswith("open_data.")} == {
        f"{schema}.{table}" for schema, table in PUBLISHED if schema == "open_data"
    }


def test_a_publisher_reads_everything_published(readable: Readable) -> None:
    """With names: the report of the team shows them."""
    found = readable("publisher")
    assert {f"{schema}.{table}" for schema, table in PUBLISHED} <= set(found)
    assert "display_name" in found["marts.dim_member"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_writes_only_what_its_work_makes(role: str, everybody: dict[str, Somebody], owner: Engine) -> None:
    """Insert, update, delete and truncate are tried on every table and view."""
    with owner.connect() as connection:
        first = {(row.schema, row.relation): row.column for row in reversed(connection.execute(EVERY_COLUMN).all())}
    for (schema, relation), column in first.items():
        name = f'"{schema}"."{relation}"'
        done = {
            statement.partition(" ")[0]
            for statement in (
                f"insert into {name} default values",
                f'update {name} set "{column}" = default where false',
                f"delete from {name} where false",
                f"truncate {name} cascade",
            )
            if not FORBIDDEN.search(everybody[role].refused(statement) or "done")
        }
        if schema in WRITES[role] or f"{schema}.{relation}" in WRITES[role]:
            assert "truncate" not in done
        else:
            assert not done, (role, name)


def test_a_loader_takes_nobody_off_the_list_of_those_who_opted_out(everybody: dict[str, Somebody]) -> None:
    """It adds what it learns; lifting an opt-out is the owner's, with the roster."""
    loader = everybody["loader"]
    for statement in (
        "delete from people.suppression",
        "update people.suppression set reason = 'opt_out'",
        "delete from people.suppression_key",
        "update people.suppression_key set key_check = 'another'",
    ):
        assert "permission denied" in str(loader.refused(statement))


@pytest.mark.parametrize("role", ROLES)
def test_no_role_makes_objects(role: str, everybody: dict[str, Somebody], owner: Engine) -> None:
    """Not in any schema, nor a schema, a role, a file; temporary tables only where loading needs them."""
    with owner.connect() as connection:
        schemas = connection.execute(text("select nspname from pg_namespace")).scalars().all()
    statements = [
        *(f'create table "{schema}".mine (a int)' for schema in schemas if not schema.startswith("pg_temp")),
        *(f'create view "{schema}".mine as select 1 as a' for schema in schemas if not schema.startswith("pg_temp")),
        *(f"create function \"{schema}\".mine() returns int language sql as 'select 1'" for schema in schemas),
        "create schema mine",
        "create role mine",
        "create extension pg_trgm",
        "copy (select 1) to program 'cat'",
        "copy (select 1) to '/tmp/mine'",
        "select pg_read_file('postgresql.conf')",
        "alter view analysis.dim_member owner to current_user",
        "create or replace view analysis.dim_member as select 1 as a",
        "comment on view analysis.dim_member is 'mine'",
    ]
    assert [one for one in statements if everybody[role].refused(one) is None] == []
    may = everybody[role].refused("create temp table mine (a int)") is None
    assert may == (role in ("loader", "reviewer"))


@pytest.mark.parametrize("role", ROLES)
def test_nobody_becomes_somebody_else(role: str, everybody: dict[str, Somebody], owner: Engine) -> None:
    """A login can put on no other role, the owner's neither; going back to itself gives it nothing."""
    somebody = everybody[role]
    with owner.connect() as connection:
        me = connection.execute(text("select current_user")).scalar_one()
    others = [f"rollcall_{other}" for other in ROLES if other != role]
    for other in (me, *others, "pg_read_all_data", "pg_monitor"):
        assert somebody.refused(f"set role {other}")
        assert somebody.refused(f"set session authorization {other}")
        assert somebody.refused(f"grant {other} to current_user")
    assert somebody.refused("reset role; reset session authorization; set row_security = off; select 1") is None
    assert somebody.refused("reset role; select key from people.analyst_key")
    assert somebody.refused("set session_replication_role = replica")


@pytest.mark.parametrize("role", ROLES)
def test_the_catalogue_tells_no_secret(role: str, everybody: dict[str, Somebody], owner: Engine) -> None:
    """Neither the key of the keys nor a value of a closed column stands in what every login can read."""
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = bytes(connection.execute(text("select key from people.analyst_key")).scalar_one())
        connection.execute(text("analyze"))
        connection.execute(text("select 'the words of a stranger'"))
        somebody = everybody[role]
        sources = somebody.rows("select prosrc from pg_proc union all select definition from pg_views")
        assert not [
            source for (source,) in sources if source and (key.hex() in source or "\\x" + key.hex()[:8] in source)
        ]
        queries = somebody.rows("select query from pg_stat_activity where usename <> session_user")
        assert queries
        assert {query for (query,) in queries} <= {"<insufficient privilege>", ""}
        described = {schema for (schema,) in somebody.rows("select distinct schemaname from pg_stats")}
        assert described <= OF_SCHEMAS[role] | {"pg_catalog", "information_schema"}
        assert not somebody.rows(
            "select 1 from pg_stats where tablename in ('analyst_key', 'dim_member') and :role <> 'publisher'",
            role=role,
        )
    assert somebody.refused("select * from pg_statistic")
    assert somebody.refused("select * from pg_authid")


def test_public_has_nothing_of_ours(owner: Engine) -> None:
    """Neither schemas, tables, columns nor functions, nor the database itself."""
    open_to_public = text("""
        select 'database' as what, datname as name, privilege_type
        from pg_database cross join aclexplode(coalesce(datacl, acldefault('d', datdba)))
        where datname = current_database() and grantee = 0
        union all
        select 'schema', nspname, privilege_type
        from pg_namespace cross join aclexplode(nspacl)
        where grantee = 0 and nspname !~ '^pg_|^information_schema$'
            and (nspname, privilege_type) <> ('public', 'USAGE')
        union all
        select 'table', c.oid::regclass::text, privilege_type
        from pg_class as c cross join aclexplode(relacl)
        where grantee = 0 and relnamespace::regnamespace::text !~ '^pg_|^information_schema$'
        union all
        select 'function', p.oid::regprocedure::text, privilege_type
        from pg_proc as p cross join aclexplode(coalesce(proacl, acldefault('f', proowner)))
        where grantee = 0 and pronamespace::regnamespace::text !~ '^pg_|^information_schema$'
    """)
    with owner.connect() as connection:
        assert connection.execute(open_to_public).all() == []


def test_the_documented_query_is_one_that_an_analyst_may_ask(everybody: dict[str, Somebody]) -> None:
    """What docs/roles.md shows runs under an analyst's login."""
    page = (PROJECT.parent / "docs" / "roles.md").read_text("utf-8")
    queries = [block for block in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if "select" in block]
    assert len(queries) == 1
    assert everybody["analyst"].refused(queries[0]) is None


def test_what_a_later_migration_makes_is_closed(owner: Engine, everybody: dict[str, Somebody]) -> None:
    """A new schema, a new table of people and a new function are nobody's but the owner's."""
    made = (
        "create schema novel; create table novel.t (a int); create table people.novel (a int);"
        " create function core.novel() returns int language sql as 'select 1'"
    )
    with owner.begin() as connection:
        connection.exec_driver_sql(made)
    try:
        for statement in ("select * from novel.t", "select * from people.novel", "select core.novel()"):
            for somebody in everybody.values():
                assert "permission denied" in str(somebody.refused(statement))
    finally:
        with owner.begin() as connection:
            connection.exec_driver_sql("drop schema novel cascade; drop table people.novel; drop function core.novel")
