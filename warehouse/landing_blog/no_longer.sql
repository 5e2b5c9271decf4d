-- Blogs that the campaign asks for no more: their posts and bylines, and accounts of which we know nothing else.
create temp table blog_account_left on commit drop as
select distinct account_id from core.blog_post
where campaign = :campaign and site <> all(:sites) and account_id is not null;

delete from core.blog_post where campaign = :campaign and site <> all(:sites);

delete from core.account as account using blog_account_left as left_
where account.platform = 'wordpress' and account.account_id = left_.account_id
  and not exists (select from core.blog_post as post where post.account_id = account.account_id)
  and not exists (
    select from core.item where item.platform = account.platform and item.account_id = account.account_id)
  and not exists (
    select from core.item_copy as copy where copy.platform = account.platform and copy.account_id = account.account_id)
  and not exists (
    select from core.interaction as act
    where act.platform = account.platform and account.account_id in (act.actor_account, act.target_account))
  and not exists (
    select from people.account_owner as owner
    where owner.platform = account.platform and owner.account_id = account.account_id);

drop table blog_account_left;

delete from core.blog where campaign = :campaign and site <> all(:sites)
