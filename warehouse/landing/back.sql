-- A gone post that is seen again is back: its emptied row gives way to whatever the batch brings.
with back as (
  delete from core.item_gone g
  using staged_item s
  where g.campaign = :campaign and g.platform = s.platform and g.post_id = s.post_id
  returning g.platform, g.post_id
)
update core.item i
set source = '', source_rank = 0, shown = 0, created_at = null, edited_at = null, observed_at = '-infinity'
from back
where i.campaign = :campaign and i.platform = back.platform and i.post_id = back.post_id
