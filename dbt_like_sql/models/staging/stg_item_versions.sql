with source as (
    select * from {{ source('core', 'item_version') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        post_id,
        version_id,
        version_at
    from source
)

select * from renamed
