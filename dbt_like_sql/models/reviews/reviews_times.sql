{{ config(materialized='ephemeral') }}

select
    items.platform,
    items.post_id,
    case
        when items.created_at > items.first_seen_at then 'posted after it was seen'
        when 'clock_change' = any(items.flags) then 'in the hour that the clock shows twice'
        else 'the platform''s time could not be read, or is not that of the first version'
    end as suggestion
from {{ ref('fct_posts') }} as posts
inner join {{ ref('stg_items') }} as items
    on posts.platform = items.platform and posts.post_id = items.post_id
where items.created_at > items.first_seen_at
    or items.flags && array['created_at_unreadable', 'date_gmt_unreadable', 'first_version_time_unknown', 'clock_change']
