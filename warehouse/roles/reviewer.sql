-- `review status`, `export` and `import`: the questions, what is asked about, and the answers.
do $$ begin execute format('grant connect, temporary on database %I to rollcall_reviewer', current_database()); end $$;
grant select on public.rollcall_schema_version to rollcall_reviewer;
grant usage on schema core, people, marts to rollcall_reviewer;
grant select on core.item, core.account, core.campaign, core.prompt to rollcall_reviewer;
grant insert, update on core.campaign to rollcall_reviewer;
grant insert, update, delete on core.prompt to rollcall_reviewer;
grant select on people.review_item, people.review_decision to rollcall_reviewer;
grant insert on people.review_decision to rollcall_reviewer;
grant select (person_id, display_name, created_at) on people.person to rollcall_reviewer;
grant select (person_id, role, known_from, known_to) on people.person_role to rollcall_reviewer;
grant select (person_id, purpose, state, source, changed_at) on people.consent to rollcall_reviewer;
