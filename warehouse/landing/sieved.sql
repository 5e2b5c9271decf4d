-- What the sieve kept out, once per item, as a keyed hash. An item that the warehouse holds is not counted here as well.
insert into core.sieved as known (campaign, platform, item_hash, reason, first_seen_at)
select :campaign, k.platform, k.item_hash, max(k.reason), min(k.observed_at)
from staged_sieved k
left join core.item i on i.campaign = :campaign and i.platform = k.platform and i.post_id = k.key
left join core.sieved old on old.campaign = :campaign and old.platform = k.platform and old.item_hash = k.item_hash
where i.post_id is null
  and (old.item_hash is null or k.reason > old.reason or k.observed_at < old.first_seen_at)
group by k.platform, k.item_hash
order by k.platform, k.item_hash
on conflict (campaign, platform, item_hash) do update set
  reason = greatest(known.reason, excluded.reason),
  first_seen_at = least(known.first_seen_at, excluded.first_seen_at)
