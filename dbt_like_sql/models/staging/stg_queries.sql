with source as (
    select * from {{ source('core', 'query') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        query
    from source
)

select * from renamed
