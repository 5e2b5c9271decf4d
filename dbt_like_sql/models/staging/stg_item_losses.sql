with source as (
    select * from {{ source('core', 'item_gone') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        post_id,
        loss,
        observed_at
    from source
)

select * from renamed
