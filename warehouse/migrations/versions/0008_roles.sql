-- Roles belong to the whole server: another warehouse on it, or another migration at this moment, may make them as well.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['rollcall_loader', 'rollcall_reviewer', 'rollcall_analyst', 'rollcall_publisher'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then null;  -- an administrator makes them: `rollcall doctor` says how
    end;
  end loop;
end
$$;

create schema analysis;
comment on schema analysis is 'For analysts: the published tables without names, handles, addresses and texts; people and posts go by keys.';
create schema open_data;
comment on schema open_data is 'What may be shown to everybody: totals of groups of enough people, from which no smaller group can be computed.';

create table metrics.frozen_publication (
  publication_id     bigint primary key,
  campaign           text not null,
  label              text not null,
  as_of              timestamptz not null,
  run_id             uuid not null,
  definition_version text not null,
  frozen_at          timestamptz not null,
  unique (campaign, label)
);
comment on table metrics.frozen_publication is 'Publications that were given to somebody and are kept as they were, such as the final report.';

create table metrics.frozen_row (
  publication_id bigint not null references metrics.frozen_publication on delete cascade,
  table_name     text not null,
  row_no         int not null,
  row            jsonb not null,
  primary key (publication_id, table_name, row_no)
);
comment on table metrics.frozen_row is 'The rows of a frozen publication, of tables that say nothing of single people or posts.';
