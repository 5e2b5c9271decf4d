"""Runs the dbt project in `dbt_like_sql/` for one campaign, in this process, into a schema that nobody reads.

dbt takes a connection from the environment only, so this module sets it for the time of one run and restores it.
Whoever calls it sees to it that one build runs at a time (`warehouse.locks.building`): all campaigns share the schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from os import environ  # noqa: TID251  dbt's profile can read a password from nowhere else
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg2.extensions import parse_dsn
from sqlalchemy import Connection, Engine, text

from warehouse import clustering, model_checks, ties
from warehouse.checks import Check, record
from warehouse.engine import connect, parse
from warehouse.errors import DatabaseUnavailable, WarehouseError

PROJECT = Path(__file__).parents[1] / "dbt_like_sql"
BUILD_SCHEMA = "build"
ANY_DATABASE = "any_database"
DEFINITION_VERSION = "1"
BEFORE_CLUSTERING = ("--exclude", f"source:{BUILD_SCHEMA}+")
AFTER_CLUSTERING = ("--select", f"source:{BUILD_SCHEMA}+")

OPTIONS = {
    "sslmode": "prefer",
    "sslcert": "",
    "sslkey": "",
    "sslrootcert": "",
    "connect_timeout": "10",
    "keepalives_idle": "0",
}
"""What else than where and who an address may say of a connection that dbt can be told -> what it takes without."""
TOLD_OTHERWISE = {"host", "port", "user", "password", "dbname", "application_name"}

# dbt's views read it, so it is emptied, never dropped. With --vars instead dbt would read its project anew each time.
HANDED_TO_DBT = (
    f"""
    create table if not exists {BUILD_SCHEMA}.this_build (
      campaign text not null, run_id uuid not null, as_of timestamptz not null, definition_version text not null
    )
    """,
    f"truncate {BUILD_SCHEMA}.this_build",
)


def transform(url: str, campaign_name: str, run_id: UUID, as_of: datetime, target_dir: Path) -> list[Check]:
    """Builds every model and runs its tests. A test that fails is a check; a model that fails is a WarehouseError.

    What dbt makes first ends in the items that may count; those are clustered here, and dbt goes on from there, unless
    a critical check has failed. dbt keeps in `target_dir` what it read of the project, for the next build.
    """
    engine = connect(url)
    try:
        with engine.begin() as connection:
            _begin(connection, campaign_name, run_id, as_of)
        project = _read_project(url, target_dir)
        checks = _stage(engine, campaign_name, run_id, url, BEFORE_CLUSTERING, target_dir, project)
        if any(check.severity == "critical" and not check.passed for check in checks):
            return checks
        with engine.begin() as connection:
            clustering.cluster(connection)
            ties.measure(connection)
        return checks + _stage(engine, campaign_name, run_id, url, AFTER_CLUSTERING, target_dir, project)
    finally:
        engine.dispose()


def _begin(connection: Connection, campaign_name: str, run_id: UUID, as_of: datetime) -> None:
    """The build schema with the tables that dbt reads but does not make: this build's one row, the clusters empty."""
    connection.execute(text(f"create schema if not exists {BUILD_SCHEMA}"))
    for statement in (*HANDED_TO_DBT, *clustering.TABLES, *ties.TABLES):
        connection.execute(text(statement))
    connection.execute(
        text(f"insert into {BUILD_SCHEMA}.this_build values (:campaign, :run_id, :as_of, :definition_version)"),
        {
            "campaign": campaign_name,
            "run_id": str(run_id),
            "as_of": as_of,
            "definition_version": DEFINITION_VERSION,
        },
    )


def _stage(
    engine: Engine,
    campaign_name: str,
    run_id: UUID,
    url: str,
    selection: Sequence[str],
    target_dir: Path,
    project: Any,
) -> list[Check]:
    results = run_dbt(["build", "--exclude-resource-type", "unit_test", *selection], url, target_dir, project)
    tests = [result for result in results if result.node.resource_type == "test"]
    with engine.begin() as connection:
        # skipped: behind one that failed
        checks = [model_checks.check(connection, test, project) for test in tests if test.status != "skipped"]
        record(connection, campaign_name, run_id, checks)
    return checks


def run_dbt(command: Sequence[str], url: str, target_dir: Path, project: Any = None) -> list[Any]:
    """dbt's results of one command, all of whose models were built or left out behind a test that failed."""
    results: list[Any] = list(_invoke(command, url, target_dir, project or _read_project(url, target_dir)).results)
    for result in results:
        if str(result.status) == "error":
            raise WarehouseError(f"The table {result.node.name} could not be built: {_reason(str(result.message))}")
    return results


def document(url: str, target_dir: Path) -> Path:
    """dbt's documentation as one page, of a database in which the models are built for it, without rows."""
    engine = connect(url)
    try:
        with engine.begin() as connection:
            _begin(connection, "none", UUID(int=0), datetime.now(UTC))
        project = _read_project(url, target_dir)
        without_tests = [word for kind in ("test", "unit_test") for word in ("--exclude-resource-type", kind)]
        run_dbt(["build", *without_tests], url, target_dir, project)
        _invoke(["docs", "generate", "--static"], url, target_dir, project)
    finally:
        engine.dispose()
    return target_dir / "static_index.html"


def _read_project(url: str, target_dir: Path) -> Any:
    """dbt's reading of its project, of which only changed files are read again; serves several commands.

    dbt writes the name of the database into what it read, and reads everything anew for another one, which takes many
    times as long. So it reads for a name that stays, and the real one is put in afterwards.
    """
    settings = _connection_settings(url)
    project = _invoke(["parse"], url, target_dir, None, DBT_ROLLCALL_DATABASE=ANY_DATABASE)
    for node in (*project.nodes.values(), *project.sources.values()):
        node.database = settings["DBT_ROLLCALL_DATABASE"]
        if node.relation_name:
            quoted = node.database.replace('"', '""')
            node.relation_name = node.relation_name.replace(f'"{ANY_DATABASE}"', f'"{quoted}"', 1)
    return project


def _invoke(command: Sequence[str], url: str, target_dir: Path, project: Any, **other: str) -> Any:
    with _environment({**_connection_settings(url), **other}):
        from dbt.cli.main import dbtRunner

        outcome = dbtRunner(manifest=project).invoke(
            [
                *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-write-json"),
                *command,
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(target_dir), "--log-path", str(target_dir / "logs")),
            ]
        )
    if outcome.exception is not None:
        raise WarehouseError(f"The tables could not be built: {_reason(str(outcome.exception))}")
    return outcome.result


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Set these names for a while. Others stay as they are: threads of Prefect may read them meanwhile."""
    before = {name: environ.get(name) for name in settings}
    environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value


def _connection_settings(url: str) -> dict[str, str]:
    """What profiles.yml reads. Raises DatabaseUnavailable for what an address may say and dbt cannot be told."""
    given = parse_dsn(parse(url).set(drivername="postgresql").render_as_string(hide_password=False))
    _refuse_what_dbt_cannot_be_told(given)
    user = given.get("user", getuser())
    return {
        "PYTHON_DOTENV_DISABLED": "1",  # dbt would take a file .env of the current folder, whoever's it is
        **{f"DBT_ROLLCALL_{name.upper()}": given.get(name, default) for name, default in OPTIONS.items()},
        "DBT_ROLLCALL_HOST": given.get("host", "localhost"),
        "DBT_ROLLCALL_PORT": given.get("port", "5432"),
        "DBT_ROLLCALL_USER": user,
        "DBT_ENV_SECRET_ROLLCALL_PASSWORD": given.get("password", ""),
        "DBT_ROLLCALL_DATABASE": given.get("dbname", user),
        "DBT_ROLLCALL_SCHEMA": BUILD_SCHEMA,
    }


def _refuse_what_dbt_cannot_be_told(given: Mapping[str, str]) -> None:
    if "," in given.get("host", ""):
        raise DatabaseUnavailable(
            "The database's address names several hosts, and dbt connects to one: write the one that takes changes."
        )
    if unknown := sorted(given.keys() - OPTIONS.keys() - TOLD_OTHERWISE):
        raise DatabaseUnavailable(
            f"The database's address says {', '.join(unknown)}, which dbt cannot be told, so no tables can be built: "
            "take that out of the address. What it does can be set for the login (alter role ... set ...), or in "
            f"PostgreSQL's own environment (such as PG{unknown[0].upper().replace('_', '')})."
        )


def _reason(message: str) -> str:
    """dbt's own first line of what went wrong, without its heading; the lines after it may hold values."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 and " Error" in lines[0] else (lines or ["dbt gave no reason"])[0]
