delete from core.interaction where campaign = :campaign returning platform;

delete from core.blog_post where campaign = :campaign returning 'wordpress';

delete from raw.quarantine where campaign = :campaign returning platform;

delete from core.item where campaign = :campaign returning platform;

-- Accounts of which nothing is left in any campaign, and that are nobody's of the roster.
delete from core.account as account
where not exists (
    select from core.item where item.platform = account.platform and item.account_id = account.account_id
  )
  and not exists (
    select from core.item_copy as copy where copy.platform = account.platform and copy.account_id = account.account_id
  )
  and not exists (
    select from core.interaction as act
    where act.platform = account.platform and account.account_id in (act.actor_account, act.target_account)
  )
  and not exists (
    select from core.blog_post as post where account.platform = 'wordpress' and post.account_id = account.account_id
  )
  and not exists (
    select from people.account_owner as owner
    where owner.platform = account.platform and owner.account_id = account.account_id
  )
  and not exists (
    select from people.person_handle as told
    where told.platform = account.platform and told.stable_id = account.account_id
  )
returning platform
