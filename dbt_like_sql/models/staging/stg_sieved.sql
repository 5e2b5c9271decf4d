with source as (
    select * from {{ source('core', 'sieved') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        item_hash,
        reason
    from source
)

select * from renamed
