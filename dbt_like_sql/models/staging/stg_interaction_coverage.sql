with source as (
    select * from {{ source('core', 'coverage') }}
    where campaign = {{ this_campaign() }}
        and starts_with(query, 'interactions/')
),

renamed as (
    select
        platform,
        query,
        hour,
        state
    from source
)

select * from renamed
