with campaign as (
    select * from {{ ref('stg_campaign') }}
),

posts as (
    select
        platform,
        local_date,
        count(*) as posts,
        count(distinct person_id) as members
    from {{ ref('fct_posts') }}
    group by platform, local_date
),

dates as (
    -- up to the last day of grace, as far as that has begun anywhere on earth
    select generate_series(
        least(campaign.starts_on, min(posts.local_date))::timestamp,
        greatest(
            least(campaign.ends_on + campaign.grace_days, ({{ as_of() }} at time zone 'Pacific/Kiritimati')::date),
            max(posts.local_date)
        )::timestamp,
        interval '1 day'
    )::date as local_date
    from campaign
    left join posts on true
    group by campaign.starts_on, campaign.ends_on, campaign.grace_days
),

grid as (
    select dates.local_date, platforms.platform
    from dates
    cross join (select distinct platform from posts) as platforms
),

final as (
    select
        {{ stamp() }},
        grid.local_date,
        grid.platform,
        coalesce(posts.posts, 0) as posts,
        coalesce(posts.members, 0) as members,
        (sum(coalesce(posts.posts, 0)) over (partition by grid.platform order by grid.local_date))::bigint as cumulative_posts,
        case when {{ is_over_everywhere('grid.local_date') }} then round(avg(coalesce(posts.posts, 0)) over (
            partition by grid.platform order by grid.local_date rows between 6 preceding and current row
        ), 6) end as mean_7_days,
        {{ is_over_everywhere('grid.local_date') }} as is_over
    from grid
    left join posts on grid.local_date = posts.local_date and grid.platform = posts.platform
)

select * from final
