with source as (
    select * from {{ source('core', 'media') }}
    where campaign = {{ this_campaign() }} and state = 'hashed'
),

renamed as (
    select
        media.platform,
        media.post_id,
        array_agg(distinct hash order by hash) as hashes
    from source as media
    cross join lateral (values ('sha256:' || media.sha256), ('phash:' || media.phash)) as hashed (hash)
    where hash is not null
    group by media.platform, media.post_id
)

select * from renamed
