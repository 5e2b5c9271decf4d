-- The envelopes of answers not met before, byte for byte.
insert into raw.page (campaign, platform, query, url, status, observed_at, sha256, items, run_id)
select :campaign, p.platform, p.query, p.url, p.status, p.observed_at, p.sha256, p.items, :run_id
from staged_page p
where not exists (
  select from raw.page known
  where known.campaign = :campaign and known.platform = p.platform and known.query = p.query and known.sha256 = p.sha256
)
order by p.page_no
on conflict (campaign, platform, query, sha256) do nothing
