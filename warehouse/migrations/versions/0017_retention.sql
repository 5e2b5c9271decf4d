create table core.asked_again (
  raw_item_id bigint primary key references raw.item on delete cascade,
  asked_at    timestamptz not null
);
comment on table core.asked_again is 'When a post was last asked for again where it was seen: a row per raw item that was the newest then. Its bytes are entered only if they differ, so they do not tell it.';

create table core.removal (
  run_id     uuid not null,
  campaign   text not null,
  rule       text not null,
  platform   text not null,
  removed    bigint not null check (removed > 0),
  removed_at timestamptz not null,
  primary key (run_id, rule, platform)
);
create index removal_of_campaign on core.removal (campaign, removed_at);
comment on table core.removal is 'What was removed because its time was over: one row per run, rule and platform, in counts. See docs/data-protection.md.';
comment on column core.removal.rule is 'bytes: as platforms sent them. words: texts and titles. posts: rows of posts, of people''s acts and of published tables about them. terms: what a platform wants refreshed or deleted, and nobody refreshed.';
