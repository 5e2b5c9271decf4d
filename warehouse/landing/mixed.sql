-- Posts of which there is more than one copy: several in the batch, or another one in the warehouse. Returns how many.
with found as (
  insert into staged_mixed (platform, post_id, is_new, page_no)
  select s.platform, s.post_id, i.post_id is null, s.page_no
  from staged_winner w
  join staged_item s using (seq)
  left join core.item i on i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
  where w.is_several
    or (i.source <> '' and (i.source, i.shown) <> (s.source, s.shown))
    or exists (
      select from core.item_copy c where c.campaign = :campaign and c.platform = s.platform and c.post_id = s.post_id
    )
  returning 1
)
select count(*) from found
