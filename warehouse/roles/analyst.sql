-- Reading what was published, without names and words. Which tables of `metrics` these are is warehouse/roles/analysts.py's.
do $$ begin execute format('grant connect on database %I to rollcall_analyst', current_database()); end $$;
grant usage on schema analysis, open_data, metrics to rollcall_analyst;
grant select on all tables in schema analysis, open_data to rollcall_analyst;
grant select on metrics.publication, metrics.frozen_publication to rollcall_analyst;
