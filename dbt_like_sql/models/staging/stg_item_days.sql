with source as (
    select * from {{ source('core', 'item_days') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        post_id,
        content_hash,
        days,
        themes
    from source
)

select * from renamed
