with source as (
    select * from {{ source('core', 'query') }}
    where campaign = {{ this_campaign() }}
        and not starts_with(query, 'interactions/')
),

renamed as (
    select
        platform,
        query
    from source
)

select * from renamed
