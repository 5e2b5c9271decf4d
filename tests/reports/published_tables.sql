-- The published tables as dbt builds and `warehouse.publish` keeps them. Keys of every table: campaign, as_of, run_id, …
create table metrics.metric_headline (unique_posts bigint, members bigint, fellows bigint, countries bigint,
  countries_all_members bigint, countries_by_residence bigint, cohorts bigint, posts_per_member numeric, posts_per_day numeric,
  fill_rate numeric, open_reviews bigint, provisional boolean);
create table metrics.metric_waterfall (step_order int, step text, kind text, items bigint, remaining bigint);
create table metrics.metric_posts_by_prompt (prompt_day int, label text, posts bigint, coverage_rows bigint, members bigint,
  on_time bigint, late bigint, early bigint);
create table metrics.metric_posts_by_platform (platform text, posts bigint, items bigint, members bigint, share numeric);
create table metrics.metric_posts_by_country (country_iso3 text, country_label text, region text, posts bigint, members bigint,
  eligible bigint, participation numeric, ci_low numeric, ci_high numeric, posts_per_member numeric, share_posts numeric,
  share_eligible numeric, representation_ratio numeric);
create table metrics.metric_posts_by_cohort (cohort_year int, posts bigint, members bigint, eligible bigint,
  participation numeric, ci_low numeric, ci_high numeric, posts_per_member numeric, share_posts numeric,
  share_eligible numeric, representation_ratio numeric);
create table metrics.metric_member_activity (person_id text, posts bigint, prompt_days bigint, posting_days bigint,
  first_local_date date, last_local_date date, platforms bigint, on_time_share numeric);
create table metrics.metric_coverage (platform text, query text, day date, hours_complete int, hours_gap int,
  hours_not_visible int, hours_unread int);
create table marts.dim_member (person_id text, display_name text, role text, cohort_year int, country_iso3 text,
  country_label text, region text, residence_iso3 text);
create table marts.dim_campaign (campaign_title text, hashtags text, starts_on date, ends_on date, days int, grace_days int, zone text);

do $$
declare published regclass;
begin
  for published in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and (n.nspname = 'marts' or (n.nspname = 'metrics' and c.relname like 'metric%'))
  loop
    execute format('alter table %s add column campaign text not null, add column as_of timestamptz not null,
      add column run_id uuid not null, add column definition_version text not null, add column publication_id bigint', published);
  end loop;
end $$;
