-- Out of scope: acts towards one's own post, and acts without a time unless they are towards a post of the campaign.
with out_of_scope as (
  delete from staged_act s
  using staged_act told
  left join core.item i
    on i.campaign = :campaign and i.platform = told.platform and i.post_id = told.target_post
  where told.seq = s.seq
    and (i.account_id = told.actor_account or (told.acted_at is null and i.post_id is null))
  returning s.page_no
)
select p.platform, count(*) from out_of_scope join staged_page p using (page_no) group by p.platform
