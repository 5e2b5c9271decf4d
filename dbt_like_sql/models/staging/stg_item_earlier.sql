with source as (
    select * from {{ source('core', 'item_earlier') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        post_id,
        version_id
    from source
)

select * from renamed
