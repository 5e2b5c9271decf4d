-- An item's bytes, where they differ from what the same source showed just before. Strictly append-only.
with staged as (
  select platform, key, source, observed_at, sha256, seq from staged_item
),
history as (
  select r.platform, r.key, r.source, r.observed_at, r.sha256, 0 as seq
  from (select distinct platform, key, source from staged) touched
  join raw.item r
    on r.campaign = :campaign and r.platform = touched.platform and r.key = touched.key and r.source = touched.source
  union all
  select * from staged
),
compared as materialized (
  select seq, sha256, lag(sha256) over (partition by platform, key, source order by observed_at, sha256, seq) as before
  from history
)
insert into raw.item (campaign, platform, source, key, observed_at, sha256, body, page_id)
select :campaign, s.platform, s.source, s.key, s.observed_at, s.sha256, s.body, envelope.page_id
from compared c
join staged_item s on s.seq = c.seq
join staged_page p on p.page_no = s.page_no
join raw.page envelope
  on envelope.campaign = :campaign and envelope.platform = p.platform and envelope.query = p.query and envelope.sha256 = p.sha256
where c.before is distinct from c.sha256
order by s.seq
