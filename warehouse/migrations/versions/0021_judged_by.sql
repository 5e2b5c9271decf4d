alter table core.campaign add column judged_by text[];
alter table core.campaign add column is_judged boolean not null default true;

update core.campaign set judged_by = hashtags;

alter table core.campaign alter column judged_by set not null;

comment on column core.campaign.judged_by is 'All hashtags by which anything that is held was judged since the last rebuild: those of the file, and those that it had before.';
comment on column core.campaign.is_judged is 'Whether what is held was judged by the hashtags of the file alone: false from a change of them until the next rebuild.';
