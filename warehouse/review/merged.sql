-- One row per two posts that were taken for one contribution without asking anybody.
with ordered as (
  select *, (platform || ':' || post_id) collate "C" < (copy_platform || ':' || copy_post_id) collate "C" as in_order
  from marts.fct_merges
  where campaign = :campaign and rule <> 'reviewer'
),
pairs as (
  select rule, score, cluster_id,
         case when in_order then platform else copy_platform end as platform,
         case when in_order then post_id else copy_post_id end as post_id,
         case when in_order then copy_platform else platform end as other_platform,
         case when in_order then copy_post_id else post_id end as other_post_id
  from ordered
)
select 'duplicate_doubtful' as queue,
       'pair:' || pairs.platform || ':' || pairs.post_id || ' + ' || pairs.other_platform || ':' || pairs.other_post_id as subject,
       md5(concat(item.title, item.text)) || '+' || md5(concat(other.title, other.text)) as evidence,
       1 as records, true as moves_counts,
       'merged: ' || pairs.rule || coalesce(' ' || round(pairs.score, 2), '') as suggestion,
       'merged' as state, null as verdict, null as person_id, null as day, null as decided_by,
       item.url as link, other.url as other_link,
       coalesce(item.on_behalf_of, concat_ws(' ', nullif(account.display_name, account.handle), '(' || account.handle || ')')) as who,
       concat_ws(E'\n', item.title, item.text) as said,
       concat_ws(E'\n', other.title, other.text) as other_said,
       item.created_at as posted_at
from pairs
join core.item as item
  on item.campaign = :campaign and item.platform = pairs.platform and item.post_id = pairs.post_id
join core.item as other
  on other.campaign = :campaign and other.platform = pairs.other_platform and other.post_id = pairs.other_post_id
left join core.account as account on account.platform = item.platform and account.account_id = item.account_id
order by pairs.cluster_id collate "C", pairs.platform, pairs.post_id, pairs.other_platform, pairs.other_post_id
