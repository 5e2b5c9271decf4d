-- The content of posts that are gone leaves, wherever it is kept; ids, times and author stay for the accounting.
-- Only posts that are held, not gone already, and not seen after the loss. `staged_gone` keeps those that were marked.
delete from staged_gone g
where not exists (
    select from core.item i where i.campaign = :campaign and i.platform = g.platform and i.post_id = g.post_id
  )
  or exists (
    select from core.item_gone known
    where known.campaign = :campaign and known.platform = g.platform and known.post_id = g.post_id
  )
  or exists (
    select from raw.item r
    where r.campaign = :campaign and r.platform = g.platform and r.key = g.post_id and r.observed_at > g.observed_at
  );

insert into core.item_gone (campaign, platform, post_id, loss, source_rank, observed_at, run_id)
select i.campaign, i.platform, i.post_id, g.loss, i.source_rank, g.observed_at, :run_id
from staged_gone g
join core.item i on i.campaign = :campaign and i.platform = g.platform and i.post_id = g.post_id
order by i.platform, i.post_id
for no key update of i;

update core.item i
set title = null, text = null, url = null, language = null, evidence = null,
  hashtags = '{}', mentions = '{}', links = '{}', media_hashes = '{}', content_hash = ''
from staged_gone g
where i.campaign = :campaign and i.platform = g.platform and i.post_id = g.post_id;

-- a hash of known words would tell whoever guesses them
update core.item_version v
set title = null, text = null, hashtags = '{}', content_hash = uuid_send(gen_random_uuid())
from staged_gone g
where v.campaign = :campaign and v.platform = g.platform and v.post_id = g.post_id;

delete from core.item_copy c using staged_gone g
where c.campaign = :campaign and c.platform = g.platform and c.post_id = g.post_id;

delete from core.item_days d using staged_gone g
where d.campaign = :campaign and d.platform = g.platform and d.post_id = g.post_id;

delete from core.media m using staged_gone g
where m.campaign = :campaign and m.platform = g.platform and m.post_id = g.post_id;

delete from raw.item r using staged_gone g
where r.campaign = :campaign and r.platform = g.platform and r.key = g.post_id;
