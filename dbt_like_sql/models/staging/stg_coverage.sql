with source as (
    select * from {{ source('core', 'coverage') }}
    where campaign = {{ this_campaign() }}
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
