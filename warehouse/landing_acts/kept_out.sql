-- Acts towards a post that the sieve kept out because its author has opted out: where only the post is told, nothing else
-- tells whom it is towards. Those that are held go, too.
with refused as (
  delete from staged_act s
  using core.sieved k
  where k.campaign = :campaign and k.platform = s.platform and k.item_hash = s.target_hash and k.reason = 'opted_out'
  returning s.page_no, s.platform, s.interaction_id
),
gone as (
  delete from core.interaction a
  using refused r
  where a.campaign = :campaign and a.platform = r.platform and a.interaction_id = r.interaction_id
)
select p.platform, count(*) from refused join staged_page p using (page_no) group by p.platform
