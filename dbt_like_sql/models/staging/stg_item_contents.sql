with source as (
    select * from {{ source('core', 'item') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        platform,
        post_id,
        lower(split_part(replace(btrim(language), '_', '-'), '-', 1)) as language,
        media_types,
        hashtags
    from source
)

select * from renamed
