-- The work space of builds reads these tables by their old columns; the next build makes it anew.
drop schema if exists build cascade;

---------------------------------------------------------------- campaigns

alter table core.campaign add column platforms text[] not null default '{}';
comment on column core.campaign.platforms is 'In the order of the file: of two copies made at the same time, the one on the earlier platform is the post.';
alter table core.campaign add column spam jsonb not null default '{}';
comment on column core.campaign.spam is 'What marks posts that are not the campaign''s: {"domains": [], "phrases": [], "homonyms": [], "burst": 5, "signals": 2}.';
alter table core.campaign add column on_behalf_phrases text[] not null default '{}';
comment on column core.campaign.on_behalf_phrases is 'Words before a member''s name by which the organiser says for whom a post is made.';

---------------------------------------------------------------- accounts

alter table core.account add column links text[] not null default '{}';
comment on column core.account.links is 'Addresses on the profile that the platform has verified, or that its owner gave as the account''s own site.';
alter table core.account add column moved_to text;
comment on column core.account.moved_to is 'The permanent id of the account to which this one says that it has moved.';

create table people.account_candidate (
  platform   text not null,
  account_id text not null,
  person_id  text not null references people.person on delete cascade,
  rule       text not null check (rule in ('verified_link', 'name', 'basis', 'recycled_handle', 'shared', 'rival')),
  score      numeric not null check (score between 0 and 1),
  primary key (platform, account_id, person_id, rule)
);
comment on table people.account_candidate is 'Whose an account might be, for a person to decide; nothing is attributed by it. Made anew by each build for the accounts of its campaign.';
comment on column people.account_candidate.rule is 'verified_link: profile and roster name the same site; name: the names are alike; basis: the roster''s handle, on a basis that does not match by itself; recycled_handle: the handle was somebody''s account before; shared, rival: several people claim it.';
comment on column people.account_candidate.score is '1 is certain; for names the Jaro-Winkler similarity.';

---------------------------------------------------------------- items

create table core.item_earlier (
  campaign   text not null,
  platform   text not null,
  post_id    text not null,
  version_id text not null,
  primary key (campaign, platform, post_id, version_id),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
comment on table core.item_earlier is 'Ids that a post had before it was edited, on platforms where an edit makes a new id.';

create table core.media (
  campaign      text not null,
  platform      text not null,
  post_id       text not null,
  name          text not null,
  url           text,
  state         text not null default 'waiting' check (state in ('waiting', 'hashed', 'unreadable', 'gone', 'refused')),
  sha256        text,
  phash         text,
  tries         int not null default 0,
  first_seen_at timestamptz not null,
  tried_at      timestamptz,
  primary key (campaign, platform, post_id, name),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
create index media_waiting on core.media (campaign, platform) where state = 'waiting';
comment on table core.media is 'One row per picture of a post: what it looks like as hashes, never the picture itself.';
comment on column core.media.name is 'The path of its address: addresses carry signatures that change from day to day.';
comment on column core.media.url is 'Where it can be read, as told last; NULL once it was hashed.';
comment on column core.media.state is 'waiting: not read yet; unreadable: no picture; gone: the platform has it no more; refused: too large, or not on the platform''s own hosts.';
comment on column core.media.sha256 is 'Of the file''s bytes, hex.';
comment on column core.media.phash is 'Perceptual hash of 64 bits, 16 hex digits: pictures that look alike differ in few bits.';

---------------------------------------------------------------- reviews (metrics.md e)

create table people.review_item (
  campaign      text not null,
  queue         text not null,
  subject       text not null,
  evidence      text not null,
  records       int not null,
  moves_counts  boolean not null,
  suggestion    text,
  state         text not null check (state in ('open', 'decided', 'auto_closed', 'stale')),
  assignee      text,
  first_seen_at timestamptz not null,
  changed_at    timestamptz not null,
  primary key (campaign, queue, subject)
);
comment on table people.review_item is 'What waits, or waited, for a person to decide. Only keys: what a reviewer reads is looked up when it is exported.';
comment on column people.review_item.subject is 'Stable: account:PLATFORM:ID, post:PLATFORM:ID, pair:PLATFORM:ID + PLATFORM:ID or person:ID.';
comment on column people.review_item.evidence is 'Hash of what a decision rests on. A decision on other evidence is stale.';
comment on column people.review_item.records is 'How many posts it is about.';
comment on column people.review_item.moves_counts is 'Whether a decision moves or confirms a count of the headline; the others inform.';

create table people.review_decision (
  decision_id bigint generated always as identity primary key,
  campaign    text not null,
  queue       text not null,
  subject     text not null,
  evidence    text not null,
  verdict     text not null check (verdict in ('person', 'not_member', 'spam', 'exclude', 'merge', 'separate', 'day', 'seen', 'defer', 'undo')),
  person_id   text references people.person on delete cascade,
  day         int,
  note        text,
  decided_by  text not null,
  decided_at  timestamptz not null,
  known_from  timestamptz not null,
  check ((verdict = 'person') = (person_id is not null)),
  check ((verdict = 'day') = (day is not null))
);
create index on people.review_decision (campaign, queue, subject);
comment on table people.review_decision is 'Append-only: what people decided. The latest word on a queue''s subject holds, and is applied again by every build; undo takes it back.';
comment on column people.review_decision.verdict is 'person: the account or post is person_id''s; not_member; spam; exclude: does not count; merge, separate: one contribution or two; day: the prompt day; seen: noted; defer: later; undo: nobody has decided.';
comment on column people.review_decision.known_from is 'When the warehouse learnt it.';

alter table core.sieved add column is_erased boolean not null default false;
comment on column core.sieved.is_erased is 'The post was somebody''s who was erased: it stays out, whoever shows it, with its author or without.';

create table people.erasure (
  erasure_id bigint generated always as identity primary key,
  erased_at  timestamptz not null,
  receipt    jsonb not null
);
comment on table people.erasure is 'That somebody was erased, when, and how many rows of each table went. Not who.';
