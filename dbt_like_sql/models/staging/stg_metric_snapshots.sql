with source as (
    select * from {{ source('core', 'metric_snapshot') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        ---------- ids
        platform,
        post_id,
        source,
        ---------- counts
        likes,
        replies,
        reposts,
        quotes,
        bookmarks,
        views,
        ---------- timestamps
        observed_at
    from source
)

select * from renamed
