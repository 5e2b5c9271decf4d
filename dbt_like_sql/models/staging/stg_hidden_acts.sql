with source as (
    select * from {{ source('core', 'hidden_act') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        act,
        reason
    from source
)

select * from renamed
