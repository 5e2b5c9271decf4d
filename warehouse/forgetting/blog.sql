-- What is theirs of the programme's blog: where a byline bears a name of theirs, and what they published without one.
create temp table their_byline on commit drop as
select campaign, site, post_id, place
from core.blog_byline
join their_name on their_name.name_key = lower(btrim(regexp_replace(normalize(blog_byline.name, nfkc), '\s+', ' ', 'g')));

create temp table their_blog_post on commit drop as
select post.campaign, post.site, post.post_id
from core.blog_post as post
where not exists (
    select from core.blog_byline as other
    where (other.campaign, other.site, other.post_id) = (post.campaign, post.site, post.post_id)
      and (other.campaign, other.site, other.post_id, other.place) not in (select * from their_byline)
  )
  and (
    (post.campaign, post.site, post.post_id) in (select campaign, site, post_id from their_byline)
    or ('wordpress', post.account_id) in (select platform, account_id from their_account)
    or exists (
      select from their_owner as owner
      where owner.platform = 'wordpress' and owner.account_id = post.account_id
        and owner.valid_from <= post.published_at and post.published_at < owner.valid_to)
  );

delete from core.blog_byline
where (campaign, site, post_id, place) in (select * from their_byline);

delete from core.blog_post
where (campaign, site, post_id) in (select * from their_blog_post);

update core.blog_post set account_id = null
where ('wordpress', account_id) in (select platform, account_id from their_account)
