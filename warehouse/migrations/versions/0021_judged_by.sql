alter table core.campaign add column judged_by text[];

update core.campaign set judged_by = hashtags;

alter table core.campaign alter column judged_by set not null;

comment on column core.campaign.judged_by is 'The hashtags by which the posts that are held were judged: those of the file when the first one came in, or at the last rebuild.';
