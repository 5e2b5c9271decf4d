"""Which tables a backup holds: all that the warehouse's owner may read, also those that are not rollcall's.

What an administrator's or analyst's schema keeps from the owner is left out by name, with whatever cannot be made again
without it. A materialized view is made again from its definition, so its rows are not counted.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from warehouse import others
from warehouse.errors import BackupError
from warehouse.transform import BUILD_SCHEMA

TABLES = """
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and n.nspname <> :build
order by 1
"""
LEFT_OUT = """
with recursive relation as (
  select c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
    c.relkind in ('r', 'p', 'S') and not (
      has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid)
    ) as is_denied
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'v', 'f', 'S') and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and n.nspname <> :build
),
needs (one, other) as (
  select r.ev_class, d.refobjid from pg_depend as d join pg_rewrite as r on r.oid = d.objid
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
  union
  select a.adrelid, d.refobjid from pg_depend as d join pg_attrdef as a on a.oid = d.objid
  where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
  union
  select conrelid, confrelid from pg_constraint where contype = 'f'
  union
  select inhrelid, inhparent from pg_inherits
  union
  select case when turned then d.refobjid else d.objid end, case when turned then d.objid else d.refobjid end
  from pg_depend as d join pg_class as s on s.oid = d.objid and s.relkind = 'S'
  cross join (values (true), (false)) as way (turned)
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
),
gone (oid) as (
  select oid from relation where is_denied
  union
  select needs.one from needs join gone on gone.oid = needs.other
)
select name from relation join gone using (oid) order by name
"""
PART = re.compile(r'"(?:[^"]|"")+"|[^."]+')


def left_out(connection: Connection) -> list[str]:
    """`schema.relation` of what the owner may not read, quoted as in SQL. Raises BackupError if that is rollcall's."""
    names = list(connection.execute(text(LEFT_OUT), {"build": BUILD_SCHEMA}).scalars())
    if ours := [name for name in names if not others.is_others(name)]:
        raise BackupError(
            f"The account of the database's URL may not read {ours[0]}: a backup is made as the warehouse's owner."
        )
    return names


def counted(connection: Connection) -> dict[str, int]:
    """Every table that belongs in a backup, and how many rows it has."""
    without = set(left_out(connection))
    names = [
        name for name in connection.execute(text(TABLES), {"build": BUILD_SCHEMA}).scalars() if name not in without
    ]
    return {name: connection.execute(text(f"select count(*) from {_escaped(name)}")).scalar_one() for name in names}


def as_listed(name: str) -> str:
    """A table's quoted name as `pg_restore --list` prints it: without quotes, on one line."""
    parts = [part[1:-1].replace('""', '"') if part.startswith('"') else part for part in PART.findall(name)]
    return re.sub(r"[\r\n]", " ", " ".join(parts))


def _escaped(name: str) -> str:
    return name.replace(":", r"\:")
