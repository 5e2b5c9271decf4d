-- What any login of the server has by default, and nobody of ours needs: the database itself, space for temporary tables,
-- functions. A database or a schema that belongs to somebody else stays as it is, with a warning from PostgreSQL.
do $$ begin execute format('revoke all on database %I from public', current_database()); end $$;
revoke create on schema public from public;
revoke all on schema raw, core, people, marts, metrics, analysis, open_data from public;
revoke all on all tables in schema raw, core, people, marts, metrics, analysis, open_data from public;
revoke execute on all functions in schema core from public;
