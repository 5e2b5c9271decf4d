alter table core.run add column day date;
alter table core.run add column flow_run_id uuid;
alter table core.run add column told jsonb;

comment on column core.run.day is 'Of a daily run: the day for which it was due, in the campaign''s zone. NULL for other verbs.';
comment on column core.run.flow_run_id is 'The run of Prefect in which this one was made. NULL from the command line.';
comment on column core.run.told is 'Of a daily run: the numbers that its digest told, for the next digest to say what moved. Counts only.';

create index run_of_day on core.run (campaign, day) where verb = 'daily';
