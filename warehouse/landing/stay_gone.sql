-- What was seen of a gone post before its loss, or is only a poorer copy of it, does not bring it back and is not kept.
with left_out as (
  delete from staged_item s
  using core.item_gone g
  where g.campaign = :campaign and g.platform = s.platform and g.post_id = s.post_id
    and (s.observed_at <= g.observed_at or s.source_rank < g.source_rank)
  returning s.page_no
)
select p.platform, count(*) from left_out join staged_page p using (page_no) group by p.platform
