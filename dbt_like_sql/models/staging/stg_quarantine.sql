with source as (
    select * from {{ source('raw', 'quarantine') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        quarantine_id,
        platform,
        reason,
        observed_at
    from source
)

select * from renamed
