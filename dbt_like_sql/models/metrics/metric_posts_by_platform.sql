with posts as (
    select platform, count(*) as posts, count(distinct person_id) as members
    from {{ ref('fct_posts') }}
    group by platform
),

items as (
    select platform, count(*) as items from {{ ref('fct_items') }} where cluster_id is not null group by platform
),

coverage as (
    select
        platform,
        sum(hours_complete) > 0 as is_read,
        sum(hours_gap + hours_not_visible + hours_unread) = 0 as is_complete
    from {{ ref('metric_coverage') }}
    group by platform
),

-- what clerks copied is known as far as they copied it, also if nothing of it counts
met as (
    select distinct platform from {{ ref('stg_items') }}
),

platforms as (
    select unnest(platforms) as platform from {{ ref('stg_campaign') }}
    union
    select platform from coverage
    union
    select platform from items
),

judged as (
    select
        platforms.platform,
        posts.posts,
        items.items,
        posts.members,
        coverage.is_complete,
        coalesce(coverage.is_read, false) or met.platform is not null as is_known
    from platforms
    left join posts on platforms.platform = posts.platform
    left join items on platforms.platform = items.platform
    left join coverage on platforms.platform = coverage.platform
    left join met on platforms.platform = met.platform
),

final as (
    select
        {{ stamp() }},
        platform,
        case when is_known then coalesce(posts, 0) end as posts,
        case when is_known then coalesce(items, 0) end as items,
        case when is_known then coalesce(members, 0) end as members,
        case when is_known then {{ ratio('coalesce(posts, 0)', 'sum(posts) over ()') }} end as share,
        is_complete
    from judged
)

select * from final
