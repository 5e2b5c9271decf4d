with source as (
    select * from {{ source('people', 'review_item') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        queue,
        subject,
        first_seen_at
    from source
)

select * from renamed
