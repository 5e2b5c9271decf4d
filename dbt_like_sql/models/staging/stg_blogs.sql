with source as (
    select * from {{ source('core', 'blog') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        site,
        read_from,
        read_until
    from source
)

select * from renamed
