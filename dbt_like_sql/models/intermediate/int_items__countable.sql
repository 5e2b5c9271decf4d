with items as (
    select * from {{ ref('stg_items') }}
),

classified as (
    select * from {{ ref('int_items__classified') }} where exclusion_reason is null
),

attributed as (
    select * from {{ ref('int_items__attributed') }}
),

dated as (
    select * from {{ ref('int_items__dated') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

media as (
    select * from {{ ref('stg_item_media') }}
),

countable as (
    select
        items.platform,
        items.post_id,
        attributed.person_id,
        items.created_at,
        -- unknown rather than empty, so that a copy without a day does not contradict one with a day
        nullif(dated.named_days, '{}') as named_days,
        {{ comparable_words('items.body') }} as words,
        {{ ends_in_ellipsis('items.body') }} as is_truncated,
        items.url,
        items.links,
        coalesce(items.media_hashes || media.hashes, items.media_hashes) as media_hashes,
        coalesce(accounts.handle ~ '(^|[.@])(ap|web|bsky)\.brid\.gy$', false) as is_bridge,
        array_position(campaign.platforms, items.platform) as platform_place
    from items
    cross join campaign
    inner join classified on items.platform = classified.platform and items.post_id = classified.post_id
    inner join attributed on items.platform = attributed.platform and items.post_id = attributed.post_id
    inner join dated on items.platform = dated.platform and items.post_id = dated.post_id
    left join accounts on items.platform = accounts.platform and items.account_id = accounts.account_id
    left join media on items.platform = media.platform and items.post_id = media.post_id
),

placed as (
    select
        row_number() over (
            order by
                is_bridge,
                created_at,
                platform_place asc nulls last,
                platform collate "C",
                post_id collate "C"
        ) as place,
        platform,
        post_id,
        person_id,
        created_at,
        named_days,
        words,
        is_truncated,
        url,
        links,
        media_hashes,
        is_bridge
    from countable
)

select * from placed
