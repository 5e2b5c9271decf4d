"""Who may do what: four PostgreSQL roles, each with its grants in a file of its name beside this one.

The roles belong to the server and cannot log in by themselves; `warehouse.roles.logins` finds who can. Nothing is open
but what a file here names, so a new table of `people` is closed until somebody opens it. The warehouse's owner may do
everything, and it is the owner who builds: dbt makes and drops tables.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from warehouse.errors import SchemaMismatch
from warehouse.roles import analysts

HERE = Path(__file__).parent
ROLES = ("loader", "reviewer", "publisher", "analyst")
PREFIX = "rollcall_"
SCHEMAS = "raw, core, people, marts, metrics, analysis, open_data"

OWNS = "select pg_has_role(current_user, nspowner, 'usage') from pg_namespace where nspname = 'people'"
THERE = "select rolname from pg_roles where rolname = any(:roles) order by rolname"
STRANGERS = """
select rolname from pg_roles as ours
where rolname = any(:roles) and (
  rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls or rolname = current_user
  or exists (select from pg_auth_members where member = ours.oid))
order by 1
"""
# The rights on the database are given by whoever may: its owner, which need not be the warehouse's.
SHORT_OF = """
select exists (
  select from (values
    ('rollcall_loader', 'core', 'temporary'), ('rollcall_reviewer', 'people', 'temporary'),
    ('rollcall_publisher', 'marts', 'connect'), ('rollcall_analyst', 'analysis', 'connect')
  ) as needs (role, schema, whole)
  join pg_roles on rolname = role
  where not has_schema_privilege(rolname, schema, 'usage')
    or not has_database_privilege(rolname, current_database(), whole)
      and has_database_privilege(current_database(), whole || ' with grant option')
) or exists (
  select from pg_database
  where datname = current_database() and datacl is null and pg_has_role(current_user, datdba, 'usage')
)
"""


def full_name(role: str) -> str:
    """What PostgreSQL calls one of ROLES."""
    return f"{PREFIX}{role}"


def owns_warehouse(connection: Connection) -> bool:
    """Whether whoever is logged in may do everything here."""
    return bool(connection.execute(text(OWNS)).scalar())


def missing(connection: Connection) -> list[str]:
    """The roles that the server does not have, because the warehouse's owner may not create roles."""
    wanted = [full_name(role) for role in ROLES]
    there = set(connection.execute(text(THERE), {"roles": wanted}).scalars())
    return [role for role in wanted if role not in there]


def how_to_create(absent: list[str]) -> str:
    """The SQL that an administrator of the server runs."""
    return " ".join(f"create role {role};" for role in absent)


def refuse_strangers(connection: Connection) -> None:
    """Raises SchemaMismatch if a role that bears one of our names may do more than ours: it is somebody else's."""
    ours = [full_name(role) for role in ROLES]
    taken = list(connection.execute(text(STRANGERS), {"roles": ours}).scalars())
    if taken:
        raise SchemaMismatch(
            f"The server already has a role {', '.join(taken)} that may do more than rollcall's role of that name (it "
            "is an administrator's or this login's own, or a member of another role), so it is somebody else's: an "
            f"administrator of the server renames it (alter role {taken[0]} rename to …), or takes from it what it may "
            "do. Then run `rollcall db migrate`. Nothing was changed."
        )


def provide(connection: Connection, *, anew: bool = False) -> None:
    """Gives each role that is there what it may do, and takes what it may not; only the warehouse's owner can.

    Unless `anew`, only if something is missing: a role that an administrator made later, or the rights on the database
    itself, which neither a copy of a database nor a restored backup brings along.
    """
    if not owns_warehouse(connection) or not (anew or connection.execute(text(SHORT_OF)).scalar()):
        return
    refuse_strangers(connection)
    _run(connection, (HERE / "everybody.sql").read_text(encoding="utf-8"))
    absent = missing(connection)
    for role in ROLES:
        if (name := full_name(role)) not in absent:
            _run(connection, f"revoke all on all tables in schema {SCHEMAS} from {name}")
            _run(connection, f"revoke all on public.rollcall_schema_version from {name}")
            _run(connection, f"revoke all on schema {SCHEMAS} from {name}")
            _run(connection, (HERE / f"{role}.sql").read_text(encoding="utf-8"))
    analysts.open_published(connection)


def _run(connection: Connection, statements: str) -> None:
    connection.execute(text(statements.replace(":", r"\:")))
