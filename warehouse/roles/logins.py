"""How to log in as one of the roles: on the embedded server the role itself, on a server of one's own who has the role.

Whoever reaches the embedded server's socket could as well log in as its owner: there a role guards against mistakes.
On a server of one's own it guards against people, and passwords are its administrator's: none is ever made here.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from warehouse.engine import parse
from warehouse.errors import NotPermitted
from warehouse.roles import PREFIX, full_name, how_to_create, missing

FOUND_BY = {"analyst": "analysis, open_data, metrics", "publisher": "marts, metrics, open_data"}
"""Role -> schemas whose tables need no schema's name before theirs."""

# Those who may do more than the role would be no login of that role.
WHO = """
select login.rolname
from pg_roles as login
where login.rolcanlogin and not login.rolsuper and not login.rolcreaterole and pg_has_role(login.oid, :role, 'usage')
  and not pg_has_role(login.oid, 'pg_read_all_data', 'member')
  and not pg_has_role(login.oid, 'pg_write_all_data', 'member')
  and not exists (
    select from pg_roles as other
    where starts_with(other.rolname, :ours) and other.rolname <> :role and other.oid <> login.oid
      and not other.rolcanlogin
      and pg_has_role(login.oid, other.oid, 'member'))
  and not exists (select from pg_namespace where nspname = 'people' and pg_has_role(login.oid, nspowner, 'member'))
order by login.rolname <> :role, login.rolname
"""


def let_in(connection: Connection, role: str) -> None:
    """Lets the role itself log in; for the embedded server, where no password is asked for."""
    connection.execute(text(f"alter role {full_name(role)} login"))
    if role in FOUND_BY:
        connection.execute(text(_found_by(connection, full_name(role), role)))


def address(connection: Connection, url: str, role: str) -> str:
    """The warehouse's address for a login that may do what the role may and no more, without a password.

    Raises NotPermitted where there is no such login, with the SQL that an administrator runs, or several.
    """
    name, absent = full_name(role), missing(connection)
    if name in absent:
        raise NotPermitted(
            f"The server has no role {', '.join(absent)}, because the warehouse's owner may not create roles. An "
            f"administrator of the server runs: {how_to_create(absent)} Then run `rollcall db migrate`."
        )
    logins = list(connection.execute(text(WHO), {"role": name, "ours": PREFIX}).scalars())
    if not logins:
        found_by = f" {_found_by(connection, 'NAME', role)};" if role in FOUND_BY else ""
        raise NotPermitted(
            f"Nobody can log in as {role} yet. An administrator of the server chooses a name and a password and runs: "
            f"create role NAME login password '...' in role {name};{found_by}"
        )
    if len(logins) > 1 and logins[0] != name:
        raise NotPermitted(
            f"Several logins have the role {name}: {', '.join(logins)}. Put one of these names, and its password, into "
            "the address that `rollcall db url` prints."
        )
    given = parse(url).set(drivername="postgresql", username=logins[0]).difference_update_query(["user", "password"])
    return given._replace(password=None).render_as_string(hide_password=False)


def _found_by(connection: Connection, login: str, role: str) -> str:
    database = connection.execute(text("select quote_ident(current_database())")).scalar_one()
    return f"alter role {login} in database {database} set search_path = {FOUND_BY[role]}"
