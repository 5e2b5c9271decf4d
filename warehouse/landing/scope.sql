-- Items without the campaign's hashtags are only kept up to date: those that nobody has met with one go no further.
with out_of_scope as (
  delete from staged_item s
  where not s.tagged
    and not exists (
      select from core.item i where i.campaign = :campaign and i.platform = s.platform and i.post_id = s.post_id
    )
    and not exists (
      select from staged_item t where t.tagged and t.platform = s.platform and t.post_id = s.post_id
    )
  returning s.page_no
)
select p.platform, count(*) from out_of_scope join staged_page p using (page_no) group by p.platform
