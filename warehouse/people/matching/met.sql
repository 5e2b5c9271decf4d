-- The campaign's accounts, of those who post, of those who only act or are meant, and of those who publish on the
-- programme's blog: no other account is joined to people.
-- By hand: only the name is known. By a clerk: and nobody but clerks, who know whom they mean, has told it.
create temp table met on commit drop as
select platform, account_id, account_id like 'hand:%' as by_hand, bool_or(has_posts) as has_posts,
       account_id like 'hand:%' and bool_and(source = 'hand' or source like 'hand:%') as by_clerk
from (
  select platform, account_id, true as has_posts, source
  from core.item
  where campaign = :campaign and account_id is not null and first_seen_at <= :as_of
  union
  select platform, actor_account, false, source
  from core.interaction
  where campaign = :campaign and first_observed_at <= :as_of
  union
  select platform, target_account, false, source
  from core.interaction
  where campaign = :campaign and first_observed_at <= :as_of and target_account is not null
  union
  select 'wordpress', account_id, false, 'wordpress'
  from core.blog_post
  where campaign = :campaign and first_seen_at <= :as_of and account_id is not null
) as every_account
group by platform, account_id
