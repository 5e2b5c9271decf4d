"""All that a database is, so that two can be compared: rows, forms, words about them, rights, counters."""

from __future__ import annotations

import hashlib

from sqlalchemy import Engine, text

Portrait = dict[str, object]

OURS = "n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and n.nspname <> 'build'"
LOOKS = {
    "columns": f"""
        select n.nspname, c.relname, rank() over (partition by c.oid order by a.attnum), a.attname,
          format_type(a.atttypid, a.atttypmod), a.attnotnull,
          a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
        from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
        left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where {OURS} and c.relkind in ('r', 'v', 'm') and a.attnum > 0 and not a.attisdropped
    """,
    "constraints": f"""
        select n.nspname, t.relname, c.conname, pg_get_constraintdef(c.oid)
        from pg_constraint as c join pg_class as t on t.oid = c.conrelid
        join pg_namespace as n on n.oid = t.relnamespace
        where {OURS}
    """,
    "indexes": f"""
        select n.schemaname, n.indexname, n.indexdef
        from pg_indexes as n where {OURS.replace("n.nspname", "n.schemaname")}
    """,
    "views": f"""
        select n.nspname, c.relname, pg_get_viewdef(c.oid)
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where {OURS} and c.relkind in ('v', 'm')
    """,
    "functions": f"""
        select n.nspname, p.oid::regprocedure::text, p.prosrc, p.provolatile, p.proparallel, p.prokind,
          a.aggtransfn::text, a.aggfinalfn::text, a.agginitval
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        left join pg_aggregate as a on a.aggfnoid = p.oid where {OURS}
    """,
    "comments": f"""
        select n.nspname, c.relname, (select attname from pg_attribute where attrelid = c.oid and attnum = d.objsubid),
          d.description
        from pg_description as d join pg_class as c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
        join pg_namespace as n on n.oid = c.relnamespace where {OURS}
        union all
        select n.nspname, null, null, obj_description(n.oid, 'pg_namespace') from pg_namespace as n where {OURS}
        union all
        select n.nspname, p.oid::regprocedure::text, null, obj_description(p.oid, 'pg_proc')
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where {OURS}
    """,
    "counters": """
        select schemaname, sequencename, last_value, increment_by, cycle from pg_sequences where schemaname <> 'build'
    """,
    "rights": f"""
        with given as (
          select n.nspname || '.' || c.relname as what,
            coalesce(c.relacl, acldefault(case when c.relkind = 'S' then 's' else 'r' end::"char", c.relowner)) as acl
          from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
          where {OURS} and c.relkind in ('r', 'v', 'm', 'S')
          union all
          select n.nspname || '.' || c.relname || '.' || a.attname, a.attacl
          from pg_attribute as a join pg_class as c on c.oid = a.attrelid
          join pg_namespace as n on n.oid = c.relnamespace
          where {OURS} and a.attacl is not null
          union all
          select 'schema ' || n.nspname, coalesce(n.nspacl, acldefault('n', n.nspowner)) from pg_namespace as n
          where {OURS}
          union all
          select p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner))
          from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where {OURS}
          union all
          select 'from now on ' || defaclobjtype::text, defaclacl from pg_default_acl
          where defaclrole = current_user::regrole
          union all
          select 'database', datacl from pg_database where datname = current_database()
        )
        select what, coalesce(r.rolname, 'everybody'), one.privilege_type, one.is_grantable
        from given cross join lateral aclexplode(acl) as one left join pg_roles as r on r.oid = one.grantee
    """,
}


def portrait(engine: Engine) -> Portrait:
    """Every table row by row as one hash, and everything else as sorted lines."""
    with engine.connect() as connection:
        named = text(
            "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class as c"
            f" join pg_namespace as n on n.oid = c.relnamespace where {OURS} and c.relkind in ('r', 'v', 'm')"
        )
        tables = list(connection.execute(named).scalars())
        rows: Portrait = {}
        for table in tables:
            lines = connection.execute(text(f'select t::text collate "C" from {table} as t order by 1')).scalars().all()
            rows[table] = len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()
        looks = {name: sorted(map(str, connection.execute(text(look)).all())) for name, look in LOOKS.items()}
    return {**rows, **looks}


def differing(one: Portrait, other: Portrait) -> dict[str, object]:
    """What is not the same in both; of lists only the lines that one has."""
    return {
        name: sorted(set(one[name]) ^ set(other[name]))  # type: ignore[call-overload]
        if isinstance(one.get(name), list) and isinstance(other.get(name), list)
        else (one.get(name), other.get(name))
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    }
