with source as (
    select * from {{ source('core', 'prompt') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        day as prompt_day,
        label
    from source
)

select * from renamed
