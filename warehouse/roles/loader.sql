-- `collect` and `import`: everything that comes in. Of people: whose accounts may be read, and who must never land: it may add to
-- that list what it learns of them, and take nobody off it. Rosters, sign-ups and surveys are loaded by the owner.
do $$ begin execute format('grant connect, temporary on database %I to rollcall_loader', current_database()); end $$;
grant select on public.rollcall_schema_version to rollcall_loader;
grant usage on schema raw, core, people, metrics to rollcall_loader;
grant select, insert, update, delete on all tables in schema raw, core to rollcall_loader;
grant execute on all functions in schema core to rollcall_loader;
grant select (person_id, created_at) on people.person to rollcall_loader;
grant select (person_id, role, known_from, known_to) on people.person_role to rollcall_loader;
grant select (person_id, purpose, state, source, changed_at) on people.consent to rollcall_loader;
grant select on people.person_handle, people.account_owner, people.suppression to rollcall_loader;
grant insert on people.suppression to rollcall_loader;
grant select, insert on people.suppression_key to rollcall_loader;
grant select on metrics.publication to rollcall_loader;
