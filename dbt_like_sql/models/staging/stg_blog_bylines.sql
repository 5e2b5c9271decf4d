with source as (
    select * from {{ source('core', 'blog_byline') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        site,
        post_id,
        place,
        {{ name_key('name') }} as name
    from source
)

select * from renamed
