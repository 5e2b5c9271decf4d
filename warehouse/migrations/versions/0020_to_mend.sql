alter table core.run_platform add column to_mend text[] not null default '{}';

comment on column core.run_platform.to_mend is 'What a person should do although the platform was read, in sentences: numbers and names of servers, never of people.';
