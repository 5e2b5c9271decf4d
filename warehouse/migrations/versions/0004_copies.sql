-- The work space of builds reads core.item by its old columns; the next build makes it anew.
drop schema if exists build cascade;

---------------------------------------------------------------- copies

alter table core.item add column shown int not null default 0;
update core.item set shown =
  (account_id is not null)::int + 2 * (created_at is not null)::int + 4 * (coalesce(title, text, '') <> '')::int
  + 8 * (cardinality(hashtags) > 0)::int + 16 * (url is not null)::int + 32 * (cardinality(media_types) > 0)::int
  + 64 * (cardinality(media_hashes) > 0)::int + 128 * (coalesce(on_behalf_of, '') <> '')::int
  + 256 * (coalesce(evidence, '') <> '')::int + 512 * (account_id is not null and account_id not like 'hand:%')::int;
comment on table core.item is 'One row per post of a campaign, whatever the routes and copies it was met by: its newest version from the best copy seen, and where that one is silent, what the other copies know.';
comment on column core.item.shown is 'Which of its attributes the best copy shows, as bits (warehouse/landing/staging.py).';

create table core.item_copy (
  like core.item,
  primary key (campaign, platform, post_id, source, shown),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
alter table core.item_copy alter column first_seen_at drop not null;
comment on table core.item_copy is 'Posts that were met in more than one copy: one row per post, source and set of attributes shown, with the newest version of that copy. A post with one copy has none.';
comment on column core.item_copy.shown is 'Which attributes this copy shows, as bits: a source that shows a post now with its author and now without has two copies of it.';
comment on column core.item_copy.observed_at is 'When these values were first observed.';

create function core.keep_first(anyelement, anyelement) returns anyelement
language sql immutable strict parallel safe as 'select $1';
create aggregate core.first_told(anyelement) (sfunc = core.keep_first, stype = anyelement, parallel = safe);
comment on aggregate core.first_told(anyelement) is 'The first value that is not NULL; give it an order.';
create aggregate core.all_told(anycompatiblearray) (sfunc = array_cat, stype = anycompatiblearray, parallel = safe);
comment on aggregate core.all_told(anycompatiblearray) is 'All arrays one behind the other; give it an order.';

---------------------------------------------------------------- gone

create table core.item_gone (
  campaign    text not null,
  platform    text not null,
  post_id     text not null,
  loss        text not null check (loss in ('deleted', 'not_public')),
  source_rank smallint not null,
  observed_at timestamptz not null,
  run_id      uuid not null,
  primary key (campaign, platform, post_id),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
comment on table core.item_gone is 'One row per item that its platform no longer shows. Its content was removed here; ids, times and author stay for the accounting.';
comment on column core.item_gone.source_rank is 'The rank of the best copy that was lost; a poorer copy does not bring the post back.';
comment on column core.item_gone.observed_at is 'When the loss was observed. Only what is seen later can bring the post back.';

---------------------------------------------------------------- interactions

create table core.interaction (
  campaign          text not null,
  platform          text not null,
  interaction_id    text not null,
  act               text not null check (act in ('reply', 'quote', 'repost', 'mention', 'comment')),
  actor_account     text not null,
  actor_handle      text,
  target_account    text,
  target_handle     text,
  target_post       text,
  acted_at          timestamptz,
  source            text not null,
  first_observed_at timestamptz not null,
  observed_at       timestamptz not null,
  primary key (campaign, platform, interaction_id)
);
create index interaction_by_actor on core.interaction (platform, actor_account);
create index interaction_by_target on core.interaction (platform, target_account);
create index interaction_by_post on core.interaction (campaign, platform, target_post);
comment on table core.interaction is 'One row per act of somebody towards somebody else: who, whom, how, when; never what was said.';
comment on column core.interaction.campaign is 'For which campaign it was collected; acts before the campaign are its baseline.';
comment on column core.interaction.platform is 'Where it happened.';
comment on column core.interaction.interaction_id is 'The same on every route: act, the post that does it (repost: who), and whom or what it is towards.';
comment on column core.interaction.act is 'reply, quote, repost, mention or comment.';
comment on column core.interaction.actor_account is 'The permanent id of the account that acted.';
comment on column core.interaction.actor_handle is 'What that account was called when it was seen.';
comment on column core.interaction.target_account is 'The permanent id of the account that it was meant for; NULL where the platform does not tell.';
comment on column core.interaction.target_handle is 'The name by which it was addressed.';
comment on column core.interaction.target_post is 'The key of the post that it answers, quotes or passes on.';
comment on column core.interaction.acted_at is 'NULL where the platform does not tell (a list of people who passed a post on).';
comment on column core.interaction.source is 'Where it was seen; of several sources the first by name.';
comment on column core.interaction.first_observed_at is 'When it was first seen.';
comment on column core.interaction.observed_at is 'When it was last seen to tell something new.';

create table core.hidden_act (
  campaign text not null,
  platform text not null,
  act      text not null check (act in ('reply', 'quote', 'repost', 'mention', 'comment')),
  reason   text not null,
  run_id   uuid not null,
  primary key (campaign, platform, act)
);
comment on table core.hidden_act is 'Acts that a platform does not show, so that their absence is not taken for silence.';
comment on column core.hidden_act.reason is 'Why, in one sentence.';
comment on column core.hidden_act.run_id is 'The run that told so last with another sentence, or first.';
