with totals as (
    select
        headline.unique_posts,
        (
            select count(*) from {{ ref('fct_posts') }} as posts
            inner join {{ ref('dim_member') }} as members using (person_id) where members.role = 'fellow'
        ) as of_fellows
    from {{ ref('metric_headline') }} as headline
),

parts as (
    select 'prompt day' as part, sum(posts) as posts, false as is_of_fellows from {{ ref('metric_posts_by_prompt') }}
    union all
    select 'platform', sum(posts), false from {{ ref('metric_posts_by_platform') }}
    union all
    select 'member', sum(posts), false from {{ ref('metric_member_activity') }}
    union all
    select 'primary day', count(*) filter (where is_primary), false from {{ ref('fct_post_days') }}
    union all
    select 'country', sum(posts), true from {{ ref('metric_posts_by_country') }}
    union all
    select 'date', sum(posts), false from {{ ref('metric_posts_daily') }}
    union all
    select 'role', sum(posts), false from {{ ref('metric_posts_by_role') }}
    union all
    select 'days late', sum(posts), false from {{ ref('metric_timeliness') }} where group_by = 'all'
    union all
    select 'hour', sum(posts), false from {{ ref('metric_hour_weekday') }}
    union all
    select 'region', sum(posts), true from {{ ref('metric_posts_by_region') }}
    union all
    select 'cohort', sum(posts), true from {{ ref('metric_posts_by_cohort') }}
),

differing as (
    select parts.*, totals.*
    from parts
    cross join totals
    where coalesce(parts.posts, 0) <> case when parts.is_of_fellows then totals.of_fellows else totals.unique_posts end
)

select * from differing
