-- Posts in `stays` as they were before, with all that is theirs; and what was found out about pictures.
delete from core.item i using stays s
where i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id;

create temp table stays_account on commit drop as
select platform, account_id from old_item join stays using (platform, post_id) where account_id is not null
union
select platform, account_id from old_item_copy join stays using (platform, post_id) where account_id is not null;

insert into core.account
select o.* from old_account o join stays_account using (platform, account_id)
on conflict do nothing;

insert into core.account_handle
select o.* from old_account_handle o join stays_account using (platform, account_id)
on conflict do nothing;

insert into core.item select o.* from old_item o join stays using (platform, post_id);

insert into core.item_copy select o.* from old_item_copy o join stays using (platform, post_id);

insert into core.item_version select o.* from old_item_version o join stays using (platform, post_id);

insert into core.item_earlier select o.* from old_item_earlier o join stays using (platform, post_id);

insert into core.metric_snapshot select o.* from old_metric_snapshot o join stays using (platform, post_id);

insert into core.media as known
select o.*
from old_media o
join core.item i using (campaign, platform, post_id)
on conflict (campaign, platform, post_id, name) do update set (url, state, sha256, phash, tries, first_seen_at, tried_at)
  = (excluded.url, excluded.state, excluded.sha256, excluded.phash, excluded.tries, excluded.first_seen_at,
     excluded.tried_at)
