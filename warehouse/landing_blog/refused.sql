-- Posts that are held and whose author has opted out since, and accounts of which we know nothing else.
delete from core.blog_post as known using staged_blog_refused as refused
where known.campaign = :campaign and known.site = refused.site and known.post_id = refused.post_id;

update core.blog_post as known set account_id = null from staged_blog_refused as refused
where known.campaign = :campaign and known.account_id = refused.account_id;

delete from core.account as account using staged_blog_refused as refused
where account.platform = refused.platform and account.account_id = refused.account_id
  and not exists (
    select from core.item where item.platform = account.platform and item.account_id = account.account_id)
