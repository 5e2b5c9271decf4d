-- Out of scope: acts towards one's own post, and, unless they are towards a post of the campaign, acts without a time
-- and acts of which nobody tells whom they are towards.
with out_of_scope as (
  delete from staged_act s
  using staged_act told
  left join core.item i
    on i.campaign = :campaign and i.platform = told.platform and i.post_id = told.target_post
  where told.seq = s.seq
    and case
      when i.post_id is null then told.acted_at is null or coalesce(told.target_account, told.target_handle) is null
      else i.account_id = told.actor_account and coalesce(told.target_account, told.target_handle) is null
    end
  returning s.page_no
)
select p.platform, count(*) from out_of_scope join staged_page p using (page_no) group by p.platform
