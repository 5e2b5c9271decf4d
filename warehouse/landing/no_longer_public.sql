-- Posts that are held and that the batch last saw as not public.
insert into staged_gone (platform, post_id, loss, observed_at)
select k.platform, k.key, 'not_public', max(k.observed_at)
from staged_sieved k
where k.reason = 'not_public' and k.key is not null
  and not exists (
    select from staged_item s where s.platform = k.platform and s.post_id = k.key and s.observed_at > k.observed_at
  )
group by k.platform, k.key
