-- `report`: everything published, with names, and freezing it. What the gate found, for the report's page on quality.
do $$ begin execute format('grant connect on database %I to rollcall_publisher', current_database()); end $$;
grant select on public.rollcall_schema_version to rollcall_publisher;
grant usage on schema core, marts, metrics, open_data to rollcall_publisher;
grant select on core.campaign, core.run, core.quality_result to rollcall_publisher;
grant select on all tables in schema marts, metrics, open_data to rollcall_publisher;
grant insert on metrics.frozen_publication, metrics.frozen_row to rollcall_publisher;
