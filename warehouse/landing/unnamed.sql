-- A post that was kept out because its author opted out stays out where another route shows it without its author; one
-- of somebody who was erased stays out whoever shows it, so that what was posted on somebody's behalf does not come back.
with unnamed as (
  delete from staged_item s
  using core.sieved k
  where k.campaign = :campaign and k.platform = s.platform and k.item_hash = s.item_hash
    and (k.is_erased or (k.reason = 'opted_out' and s.account_id is null))
  returning s.page_no
)
select p.platform, count(*) from unnamed join staged_page p using (page_no) group by p.platform
