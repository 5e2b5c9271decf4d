-- The warehouse's first form. Times are timestamptz in UTC; ids from platforms are text; unknown is NULL, never 0.

create schema raw;
create schema core;
create schema people;
create schema marts;
create schema metrics;

comment on schema raw is 'What came, as it came: pages'' envelopes, items, quarantine.';
comment on schema core is 'Campaigns, items and their versions, metric snapshots, accounts, runs, watermarks, coverage.';
comment on schema people is 'Roster, handles over time, consent, suppression. Personal data: see docs/data-protection.md.';
comment on schema marts is 'Published facts and dimensions. Replaced as a whole by each publication.';
comment on schema metrics is 'Published metric tables. Replaced as a whole by each publication.';

---------------------------------------------------------------- campaigns (copied from the campaign file at each run)

create table core.campaign (
  campaign        text primary key,
  title           text not null,
  hashtags        text[] not null,
  starts_on       date not null,
  ends_on         date not null,
  zone            text not null,
  grace_days      int not null,
  programme_years int[],
  organisers      jsonb not null default '{}',
  check (ends_on >= starts_on), check (grace_days >= 0), check (cardinality(hashtags) > 0)
);
comment on table core.campaign is 'One row per campaign, as its file says.';
comment on column core.campaign.hashtags is 'Without #, normalised; the first is the campaign''s own, the others are accepted variants.';
comment on column core.campaign.zone is 'IANA zone of the programme; the day of a post follows its author''s zone where that is known.';
comment on column core.campaign.organisers is 'Platform -> list of the organiser''s handles (lower case, without @).';

create table core.prompt (
  campaign text not null references core.campaign on delete cascade,
  day      int not null check (day >= 1),
  label    text,
  keywords text[] not null default '{}',
  primary key (campaign, day)
);
comment on table core.prompt is 'One row per prompt day. A day without a known label has NULL.';

---------------------------------------------------------------- runs

create table core.run (
  run_id     uuid primary key,
  campaign   text,
  verb       text not null,
  state      text not null check (state in ('running', 'completed', 'partial', 'failed', 'died')),
  started_at timestamptz not null,
  ended_at   timestamptz,
  host       text not null,
  pid        int not null,
  error      text
);
comment on table core.run is 'The run ledger: one row per run of a verb that writes. A run whose process is gone is marked as died by the next one.';

create table core.run_platform (
  run_id       uuid not null references core.run on delete cascade,
  platform     text not null,
  state        text not null check (state in ('running', 'completed', 'partial', 'failed', 'died')),
  requests     int not null default 0,
  fetched      int not null default 0,
  new          int not null default 0,
  updated      int not null default 0,
  unchanged    int not null default 0,
  duplicate    int not null default 0,
  out_of_scope int not null default 0,
  suppressed   int not null default 0,
  not_public   int not null default 0,
  quarantined  int not null default 0,
  cost         numeric(12, 4) not null default 0,
  error        text,
  primary key (run_id, platform),
  constraint every_item_is_accounted_for check
    (fetched = new + updated + unchanged + duplicate + out_of_scope + suppressed + not_public + quarantined)
);
comment on table core.run_platform is 'One row per run and platform: the tally. The database itself refuses one that does not reconcile.';
comment on column core.run_platform.duplicate is 'The same item met again within one page.';
comment on column core.run_platform.cost is 'US dollars, as the platform''s price list has it.';

create table core.watermark (
  campaign       text not null,
  platform       text not null,
  query          text not null,
  complete_until timestamptz not null,
  run_id         uuid not null,
  primary key (campaign, platform, query)
);
comment on table core.watermark is 'Up to which time everything that a query shows has been read. Moves only when a window was read to its end.';

create table core.coverage (
  campaign text not null,
  platform text not null,
  query    text not null,
  hour     timestamptz not null,
  state    text not null check (state in ('complete', 'gap', 'not_visible')),
  run_id   uuid not null,
  primary key (campaign, platform, query, hour)
);
comment on table core.coverage is 'One row per platform, query and hour of the campaign that was read, that is a declared gap, or that the platform does not show by design. An hour without a row has not been read yet.';

create table core.import_file (
  campaign    text not null,
  sha256      bytea not null,
  name        text not null,
  format      text not null,
  observed_at timestamptz not null,
  run_id      uuid not null,
  primary key (campaign, sha256)
);
comment on table core.import_file is 'Files that were imported to their end. The same file again is read as of its first import, so nothing changes.';

---------------------------------------------------------------- raw

create table raw.page (
  page_id     bigint generated always as identity primary key,
  campaign    text not null,
  platform    text not null,
  query       text not null,
  url         text not null,
  status      int not null,
  observed_at timestamptz not null,
  sha256      bytea not null,
  items       int not null,
  run_id      uuid not null,
  unique (campaign, platform, query, sha256)
);
comment on table raw.page is 'Envelopes: one row per distinct answer. The answer''s items are in raw.item; its bytes as a whole are not kept.';

create table raw.item (
  raw_item_id bigint generated always as identity primary key,
  campaign    text not null,
  platform    text not null,
  source      text not null,
  key         text not null,
  observed_at timestamptz not null,
  sha256      bytea not null,
  body        bytea not null,
  page_id     bigint not null references raw.page
);
create index raw_item_history on raw.item (campaign, platform, key, source, observed_at desc);
comment on table raw.item is 'Append-only: an item''s bytes as one source showed them, each time they differ from what that source showed before.';

create table raw.quarantine (
  quarantine_id bigint generated always as identity primary key,
  campaign      text not null,
  platform      text not null,
  source        text not null,
  query         text not null,
  reason        text not null,
  detail        text not null,
  sha256        bytea not null,
  body          bytea not null,
  observed_at   timestamptz not null,
  run_id        uuid not null,
  unique (campaign, platform, source, sha256)
);
comment on table raw.quarantine is 'Items and pages that could not be read: kept whole with the reason, one row per distinct content.';

create table core.sieved (
  campaign      text not null,
  platform      text not null,
  item_hash     bytea not null,
  reason        text not null check (reason in ('opted_out', 'not_public')),
  first_seen_at timestamptz not null,
  primary key (campaign, platform, item_hash)
);
comment on table core.sieved is 'What the sieve kept out, as keyed hashes of post ids, so that each item is counted once. Nothing else of it is kept.';

---------------------------------------------------------------- core

create table core.account (
  platform     text not null,
  account_id   text not null,
  handle       text,
  display_name text,
  url          text,
  is_bot       boolean,
  observed_at  timestamptz not null,
  primary key (platform, account_id)
);
create index account_handle_now on core.account (platform, handle);
comment on table core.account is 'One row per account seen, by the platform''s permanent id, with what it was called when last seen.';

create table core.account_handle (
  platform   text not null,
  account_id text not null,
  handle     text not null,
  seen_from  timestamptz not null,
  primary key (platform, account_id, seen_from),
  foreign key (platform, account_id) references core.account on delete cascade
);
create index account_handle_by_handle on core.account_handle (platform, handle);
comment on table core.account_handle is 'Handles over time as observed: a row when an account is first seen under a handle, and at each rename.';

create table core.item (
  campaign         text not null,
  platform         text not null,
  post_id          text not null,
  source           text not null,
  source_rank      smallint not null,
  account_id       text,
  kind             text not null check (kind in ('original', 'reply', 'quote', 'repost')),
  url              text,
  title            text,
  text             text,
  language         text,
  created_at       timestamptz,
  edited_at        timestamptz,
  version_id       text,
  version_at       timestamptz not null,
  hashtags         text[] not null,
  tagged           boolean not null,
  mentions         text[] not null,
  links            text[] not null,
  media_types      text[] not null,
  media_hashes     text[] not null,
  reply_to_id      text,
  reply_to_account text,
  quote_of_id      text,
  repost_of_id     text,
  conversation_id  text,
  audience         text not null check (audience in ('public', 'closed')),
  on_behalf_of     text,
  evidence         text,
  collected_by     text,
  deleted_at       timestamptz,
  flags            text[] not null,
  content_hash     bytea not null,
  first_seen_at    timestamptz not null,
  observed_at      timestamptz not null,
  primary key (campaign, platform, post_id),
  foreign key (platform, account_id) references core.account
);
create index item_by_account on core.item (platform, account_id);
comment on table core.item is 'One row per post of a campaign, whatever the routes and copies it was met by: its newest version, from the best copy seen.';
comment on column core.item.tagged is 'Whether the newest version carries one of the campaign''s hashtags, or came in a file that was declared to belong to the campaign.';
comment on column core.item.version_at is 'When this version came to be: edited_at, else created_at, else when it was observed.';
comment on column core.item.source_rank is '2 the author''s home copy, 1 another server''s copy, 0 seen by hand.';
comment on column core.item.audience is 'closed: entered by hand from a closed group; counted, never quoted or shown outside.';
comment on column core.item.observed_at is 'When the values of this row were first observed.';

create table core.item_version (
  campaign     text not null,
  platform     text not null,
  post_id      text not null,
  content_hash bytea not null,
  version_at   timestamptz not null,
  version_id   text,
  title        text,
  text         text,
  hashtags     text[] not null,
  observed_at  timestamptz not null,
  primary key (campaign, platform, post_id, content_hash),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
comment on table core.item_version is 'One row per distinct content of an item that was ever current.';

create table core.metric_snapshot (
  campaign    text not null,
  platform    text not null,
  post_id     text not null,
  source      text not null,
  observed_at timestamptz not null,
  likes       bigint,
  reposts     bigint,
  replies     bigint,
  quotes      bigint,
  views       bigint,
  bookmarks   bigint,
  primary key (campaign, platform, post_id, source, observed_at),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
comment on table core.metric_snapshot is 'Append-only: public counts as one source showed them, each time they differ from what it showed before. NULL is unknown, never 0.';

create table core.item_days (
  campaign     text not null,
  platform     text not null,
  post_id      text not null,
  content_hash bytea not null,
  days         int[] not null,
  themes       int[] not null,
  rule_version text not null,
  primary key (campaign, platform, post_id),
  foreign key (campaign, platform, post_id) references core.item on delete cascade
);
comment on table core.item_days is 'The prompt days that an item''s text names ("Day 3", "#Day3", "3/28" ...), and the days whose theme words it holds.';

create table core.quality_result (
  run_id     uuid not null,
  campaign   text not null,
  suite      text not null,
  rule       text not null,
  severity   text not null check (severity in ('critical', 'warning')),
  passed     boolean not null,
  failed     bigint,
  examined   bigint,
  primary key (run_id, suite, rule)
);
comment on table core.quality_result is 'What the quality gate found, in counts only: never a value of a person.';

---------------------------------------------------------------- people (metrics.md d; both times kept: true when, known when)

create table people.country_ref (
  iso3             text primary key,
  iso2             text,
  numeric_code     text,
  name_en          text not null,
  m49_region       text,
  m49_subregion    text,
  m49_intermediate text,
  source_version   text not null
);
comment on table people.country_ref is 'Countries and areas by ISO 3166-1, with UN M49 regions. The assignment is for statistics and implies no political statement.';

create table people.programme_country_map (
  label text primary key,
  iso3  text not null references people.country_ref,
  note  text
);
comment on table people.programme_country_map is 'The programme''s own country labels that are no ISO names (Kurdistan, Palestine, Rapa Nui/Chile ...).';

create table people.person (
  person_id        text primary key,
  display_name     text not null,
  sort_name        text,
  name_native      text,
  name_aliases     text[] not null default '{}',
  status           text not null default 'active' check (status in ('active', 'left', 'deceased')),
  source           text not null,
  notes_restricted text,
  created_at       timestamptz not null
);
comment on table people.person is 'One row per person on the roster.';

create table people.person_role (
  person_id   text not null references people.person on delete cascade,
  role        text not null check (role in ('fellow', 'senior_fellow', 'uk_partner', 'programme_partner', 'bm_staff', 'itp_team', 'supporter', 'institution')),
  institution text,
  cohort_year int,
  valid_from  date not null default '-infinity',
  valid_to    date not null default 'infinity',
  known_from  timestamptz not null,
  known_to    timestamptz not null default 'infinity',
  check (valid_from < valid_to), check (role not in ('fellow', 'senior_fellow') or cohort_year is not null)
);
create index on people.person_role (person_id);
comment on table people.person_role is 'Roles over time; one person may have several. cohort_year is the year of first participation.';

create table people.person_country (
  person_id  text not null references people.person on delete cascade,
  kind       text not null check (kind in ('programme', 'residence')),
  label      text not null,
  iso3       text not null references people.country_ref,
  valid_from date not null default '-infinity',
  valid_to   date not null default 'infinity',
  known_from timestamptz not null,
  known_to   timestamptz not null default 'infinity',
  check (valid_from < valid_to)
);
create index on people.person_country (person_id);
comment on table people.person_country is 'Programme country (the one of the headline) and country of residence, over time.';

create table people.person_timezone (
  person_id  text not null references people.person on delete cascade,
  tz         text not null,
  source     text not null check (source in ('self', 'country', 'manual')),
  valid_from date not null default '-infinity',
  valid_to   date not null default 'infinity',
  known_from timestamptz not null,
  known_to   timestamptz not null default 'infinity',
  check (valid_from < valid_to)
);
create index on people.person_timezone (person_id);
comment on table people.person_timezone is 'IANA zones over time.';

create table people.person_handle (
  person_id   text not null references people.person on delete cascade,
  platform    text not null,
  handle      text,
  stable_id   text,
  match_basis text not null check (match_basis in ('opt_in', 'given_directly', 'public_directory', 'public_profile', 'reviewer')),
  valid_from  date not null default '-infinity',
  valid_to    date not null default 'infinity',
  known_from  timestamptz not null,
  known_to    timestamptz not null default 'infinity',
  check (valid_from < valid_to), check (handle is not null or stable_id is not null)
);
create index on people.person_handle (person_id);
create index on people.person_handle (platform, handle);
comment on table people.person_handle is 'Handles (lower case, without @) that the roster gives for a person, with the basis on which they may be matched.';

create table people.account_owner (
  platform    text not null,
  account_id  text not null,
  person_id   text not null references people.person on delete cascade,
  match_rule  text not null,
  match_basis text not null check (match_basis in ('opt_in', 'given_directly', 'public_directory', 'public_profile', 'reviewer')),
  confidence  numeric not null check (confidence between 0 and 1),
  decided_by  text not null,
  valid_from  timestamptz not null default '-infinity',
  valid_to    timestamptz not null default 'infinity',
  known_from  timestamptz not null,
  known_to    timestamptz not null default 'infinity',
  check (valid_from < valid_to)
);
create unique index account_owner_known on people.account_owner (platform, account_id, person_id, valid_from) where known_to = 'infinity';
comment on table people.account_owner is 'Which account is whose, learnt from the roster''s handles, by which rule and on which basis.';

create table people.consent (
  person_id    text not null references people.person on delete cascade,
  purpose      text not null check (purpose in ('collect', 'match', 'named_in_report', 'quote_text', 'reuse_image', 'contact')),
  state        text not null check (state in ('granted', 'refused', 'withdrawn', 'not_asked')),
  evidence_ref text,
  asked_at     timestamptz,
  changed_at   timestamptz not null,
  primary key (person_id, purpose, changed_at)
);
comment on table people.consent is 'Append-only; the latest row per person and purpose holds.';

create table people.suppression (
  platform text not null,
  key_hash bytea not null,
  reason   text not null check (reason in ('opt_out', 'erasure')),
  since    timestamptz not null,
  primary key (platform, key_hash)
);
comment on table people.suppression is 'Accounts that must never land, as keyed hashes of their ids and handles. The key is kept outside the database.';

---------------------------------------------------------------- publications

create table metrics.publication (
  publication_id     bigint generated always as identity primary key,
  campaign           text not null,
  run_id             uuid not null,
  as_of              timestamptz not null,
  published_at       timestamptz not null,
  definition_version text not null
);
comment on table metrics.publication is 'One row per publication. The rows of the newest one per campaign are what the published tables hold.';
