-- What could not be read, whole and with its reason; one row per distinct content.
insert into raw.quarantine (campaign, platform, source, query, reason, detail, sha256, body, observed_at, run_id)
select distinct on (r.platform, r.source, r.sha256)
  :campaign, r.platform, r.source, r.query, r.reason, r.detail, r.sha256, r.body, r.observed_at, :run_id
from staged_rejected r
where not exists (
  select from raw.quarantine known
  where known.campaign = :campaign and known.platform = r.platform and known.source = r.source and known.sha256 = r.sha256
)
order by r.platform, r.source, r.sha256, r.observed_at, r.page_no
on conflict (campaign, platform, source, sha256) do nothing
