with posts as (
    select
        posts.cluster_id,
        posts.person_id,
        contents.language,
        contents.media_types,
        contents.hashtags
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('stg_item_contents') }} as contents using (platform, post_id)
),

campaign_tags as (
    select unnest(string_to_array(hashtags, ', ')) as hashtag from {{ ref('stg_campaign') }}
),

media_types as (
    select distinct
        posts.cluster_id,
        posts.person_id,
        case
            when media_type is null then 'none'
            when media_type = 'unknown' then 'Unknown'
            when media_type in ('photo', 'image', 'picture', 'carousel_album', 'album') then 'image'
            when media_type in ('video', 'reel', 'reels') then 'video'
            when media_type in ('gif', 'animated_gif', 'gifv') then 'animation'
            when media_type = 'audio' then 'audio'
            else 'other'
        end as value
    from posts
    left join lateral unnest(posts.media_types) as media_type on true
),

languages as (
    select
        cluster_id,
        person_id,
        -- ISO 639: `und` undetermined, `zxx` no words, `mul` several, qaa to qtz for private use
        case
            when language ~ '^[a-z]{2,3}$' and language not in ('und', 'zxx', 'mul') and language !~ '^q[a-t][a-z]$'
                then language
            else 'Unknown'
        end as value
    from posts
),

hashtags as (
    select distinct posts.cluster_id, posts.person_id, hashtag as value
    from posts
    cross join lateral unnest(posts.hashtags) as hashtag
    where hashtag not in (select hashtag from campaign_tags)
),

campaign as (
    select small_group from {{ ref('stg_campaign') }}
),

used as (
    select hashtags.value, count(distinct hashtags.person_id) >= campaign.small_group as is_common
    from hashtags
    cross join campaign
    group by hashtags.value, campaign.small_group
),

every_value as (
    select 'media_type' as kind, value, cluster_id, person_id from media_types
    union all
    select 'language' as kind, value, cluster_id, person_id from languages
    union all
    select
        'co_hashtag' as kind,
        case when used.is_common then hashtags.value else '(rare)' end as value,
        hashtags.cluster_id,
        hashtags.person_id
    from hashtags
    inner join used on hashtags.value = used.value
),

final as (
    select
        {{ stamp() }},
        kind,
        value,
        count(distinct cluster_id) as posts,
        count(distinct person_id) as members
    from every_value
    group by kind, value
)

select * from final
