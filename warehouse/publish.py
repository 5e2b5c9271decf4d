"""Publishing: one transaction of DML copies what was built into the stable tables of `marts`, `metrics`, `open_data`.

Which tables: the models in the folders of these names in dbt_like_sql/models. A stable table is never dropped, renamed
or truncated, so views, grants and open readers survive. What one lacks is added before, in a transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from warehouse.errors import PublishError
from warehouse.roles import analysts
from warehouse.transform import BUILD_SCHEMA, PROJECT

PUBLISHED = tuple(
    (schema, model.stem)
    for schema in ("marts", "metrics", "open_data")
    for model in sorted((PROJECT / "models" / schema).glob("*.sql"))
)
TRIES, LOCK_TIMEOUT = 4, "5s"
IN_THE_WAY = {"55P03", "40P01", "40001"}  # lock not available, deadlock, serialization failure
T = TypeVar("T")


def publish(engine: Engine, campaign_name: str, run_id: UUID, as_of: datetime) -> int:
    """Replaces the campaign's published rows by those that this run built; returns the publication's number."""
    _patiently(engine, _shape)
    return _patiently(engine, lambda connection: _replace(connection, campaign_name, run_id, as_of))


def _patiently(engine: Engine, step: Callable[[Connection], T]) -> T:
    """The step in a transaction, tried again for a while when somebody else's lock is in its way."""
    for attempt in range(1, TRIES + 1):
        try:
            with engine.begin() as connection:
                connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
                return step(connection)
        except DBAPIError as error:
            if getattr(error.orig, "pgcode", None) not in IN_THE_WAY:
                reason = str(error.orig).strip().partition("\n")[0]
                raise PublishError(f"Nothing was published, the last good tables stay: {reason}.") from error
            if attempt < TRIES:
                time.sleep(attempt)
    raise PublishError(
        "The published tables are locked by another session, so nothing was published and the last good tables stay: "
        "end that session, then build again."
    )


def _replace(connection: Connection, campaign_name: str, run_id: UUID, as_of: datetime) -> int:
    connection.execute(text("select pg_advisory_xact_lock(hashtext('rollcall publish'))"))
    publication_id = connection.execute(
        text(f"""
            insert into metrics.publication (campaign, run_id, as_of, published_at, definition_version)
            select campaign, run_id, cast(:as_of as timestamptz), clock_timestamp(), definition_version
            from {BUILD_SCHEMA}.metric_headline
            where campaign = :campaign and run_id = :run_id
            returning publication_id
        """),
        {"campaign": campaign_name, "run_id": str(run_id), "as_of": as_of},
    ).scalar_one_or_none()
    if publication_id is None:
        raise PublishError(f"No tables of run {run_id} are built for campaign {campaign_name!r}: build again.")
    for schema, table in PUBLISHED:
        _refuse_strangers(connection, table, campaign_name, run_id)
        columns = ", ".join(_columns(connection, table))
        connection.execute(
            text(f"delete from {schema}.{table} where campaign = :campaign"), {"campaign": campaign_name}
        )
        connection.execute(
            text(f"""
                insert into {schema}.{table} ({columns}, publication_id)
                select {columns}, :publication_id from {BUILD_SCHEMA}.{table}
            """),
            {"publication_id": publication_id},
        )
    return int(publication_id)


def _refuse_strangers(connection: Connection, table: str, campaign_name: str, run_id: UUID) -> None:
    """All campaigns are built in one schema: rows of another run mean that its build came in between."""
    strangers = connection.execute(
        text(f"select exists (select 1 from {BUILD_SCHEMA}.{table} where campaign <> :campaign or run_id <> :run_id)"),
        {"campaign": campaign_name, "run_id": str(run_id)},
    ).scalar_one()
    if strangers:
        raise PublishError(f"The built table {table} is of another run than {run_id}: build again.")


def _columns(connection: Connection, table: str) -> list[str]:
    found = connection.execute(
        text("""
            select quote_ident(attname) from pg_attribute
            where attrelid = to_regclass(:table) and attnum > 0 and not attisdropped
            order by attnum
        """),
        {"table": f"{BUILD_SCHEMA}.{table}"},
    )
    return list(found.scalars())


def _shape(connection: Connection) -> None:
    """Gives the stable tables what the built ones have and they lack; usually nothing, and then nothing is locked."""
    for schema, table in PUBLISHED:
        names = {"built": f"{BUILD_SCHEMA}.{table}", "stable": f"{schema}.{table}"}
        if connection.execute(text("select to_regclass(:built)"), names).scalar_one() is None:
            raise PublishError(f"The table {table} is not built: build again.")
        if connection.execute(text("select to_regclass(:stable)"), names).scalar_one() is None:
            connection.execute(text(f"create table {schema}.{table} (like {BUILD_SCHEMA}.{table})"))
            connection.execute(text(f"alter table {schema}.{table} add column publication_id bigint not null"))
            connection.execute(text(f"create index on {schema}.{table} (campaign)"))
        for statement in connection.execute(text(MISSING), names).scalars():
            connection.execute(text(statement.replace(":", r"\:")))
        if changed := connection.execute(text(CHANGED), names).scalars().all():
            raise PublishError(
                f"The type of {', '.join(changed)} in {schema}.{table} changed, and published columns keep theirs: "
                "a migration must change it first."
            )
    analysts.keep_views(connection, PUBLISHED)


MISSING = """
    with built as (
        select *, format_type(atttypid, atttypmod) as type, col_description(attrelid, attnum) as comment
        from pg_attribute
        where attrelid = to_regclass(:built) and attnum > 0 and not attisdropped
    ),
    stable as (
        select *, col_description(attrelid, attnum) as comment
        from pg_attribute
        where attrelid = to_regclass(:stable) and attnum > 0 and not attisdropped
    )
    select format('alter table %s add column %I %s', to_regclass(:stable), built.attname, built.type)
    from built left join stable using (attname)
    where stable.attname is null
    union all
    select format('comment on column %s.%I is %L', to_regclass(:stable), built.attname, built.comment)
    from built left join stable using (attname)
    where built.comment is distinct from stable.comment
    union all
    select format(
        'comment on column %s.publication_id is %L', to_regclass(:stable), 'The publication; see metrics.publication.'
    )
    from stable where stable.attname = 'publication_id' and stable.comment is null
    union all
    select format('comment on table %s is %L', to_regclass(:stable), obj_description(to_regclass(:built)))
    where obj_description(to_regclass(:built)) is distinct from obj_description(to_regclass(:stable))
"""

CHANGED = """
    select built.attname
    from pg_attribute as built
    inner join pg_attribute as stable using (attname)
    where built.attrelid = to_regclass(:built) and stable.attrelid = to_regclass(:stable)
        and built.attnum > 0
        and format_type(built.atttypid, built.atttypmod) <> format_type(stable.atttypid, stable.atttypmod)
"""
