-- What the archive can tell again: posts with bytes that are not gone. They are put aside as they are, and taken out.
delete from raw.quarantine where campaign = :campaign and query = 'rebuild';

create temp table taken_out on commit drop as
select
  i.platform,
  i.post_id,
  i.tagged and not i.hashtags && c.judged_by and exists (
    select from raw.item r
    join raw.page p using (page_id)
    join core.run using (run_id)
    where r.campaign = i.campaign and r.platform = i.platform and r.key = i.post_id and run.verb = 'import'
  ) as is_declared
from core.item i
join core.campaign c using (campaign)
where i.campaign = :campaign
  and exists (select from raw.item r where r.campaign = i.campaign and r.platform = i.platform and r.key = i.post_id)
  and not exists (
    select from core.item_gone g
    where g.campaign = i.campaign and g.platform = i.platform and g.post_id = i.post_id
  );

create index on taken_out (platform, post_id);

analyze taken_out;

create temp table old_item on commit drop as
select t.* from core.item t join taken_out using (platform, post_id) where t.campaign = :campaign;

create temp table old_item_copy on commit drop as
select t.* from core.item_copy t join taken_out using (platform, post_id) where t.campaign = :campaign;

create temp table old_item_version on commit drop as
select t.* from core.item_version t join taken_out using (platform, post_id) where t.campaign = :campaign;

create temp table old_item_earlier on commit drop as
select t.* from core.item_earlier t join taken_out using (platform, post_id) where t.campaign = :campaign;

create temp table old_metric_snapshot on commit drop as
select t.* from core.metric_snapshot t join taken_out using (platform, post_id) where t.campaign = :campaign;

create temp table old_media on commit drop as
select t.* from core.media t join taken_out using (platform, post_id) where t.campaign = :campaign;

-- Accounts that only these posts show; one that another campaign or a gone post shows too stays as it is.
create temp table old_account on commit drop as
select a.*
from core.account a
join (
  select distinct platform, account_id
  from (select platform, account_id from old_item union all select platform, account_id from old_item_copy) as shown
  where account_id is not null
) as theirs using (platform, account_id)
where not exists (
  select from core.item i
  left join taken_out on taken_out.platform = i.platform and taken_out.post_id = i.post_id and i.campaign = :campaign
  where i.platform = a.platform and i.account_id = a.account_id and taken_out.post_id is null
);

create temp table old_account_handle on commit drop as
select t.* from core.account_handle t join old_account using (platform, account_id);

delete from core.item i using taken_out t
where i.campaign = :campaign and i.platform = t.platform and i.post_id = t.post_id;

delete from core.account a using old_account o where a.platform = o.platform and a.account_id = o.account_id
