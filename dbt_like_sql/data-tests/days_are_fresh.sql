{{ config(severity='warn') }}

select items.platform, items.post_id
from {{ ref('stg_items') }} as items
left join {{ ref('stg_item_days') }} as days using (platform, post_id)
where days.content_hash is distinct from items.content_hash
