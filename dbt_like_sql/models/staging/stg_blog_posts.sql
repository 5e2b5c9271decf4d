with source as (
    select * from {{ source('core', 'blog_post') }}
    where campaign = {{ this_campaign() }}
        and first_seen_at <= {{ as_of() }}
        and coalesce(deleted_at > {{ as_of() }}, true)
),

renamed as (
    select
        site,
        post_id,
        account_id,
        is_tagged,
        published_at
    from source
)

select * from renamed
