with posts as (
    select * from {{ ref('fct_posts') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

streaks as (
    select * from {{ ref('int_members__streaks') }}
),

final as (
    select
        {{ stamp() }},
        posts.person_id,
        count(*) as posts,
        count(distinct posts.prompt_day) as prompt_days,
        count(distinct posts.local_date) filter (where posts.local_date <= campaign.ends_on) as posting_days,
        min(posts.local_date) as first_local_date,
        max(posts.local_date) as last_local_date,
        count(distinct posts.platform) as platforms,
        {{ ratio('count(*) filter (where posts.lag_days = 0)', 'count(*)') }} as on_time_share,
        min(streaks.longest_prompt_streak) as longest_prompt_streak,
        min(streaks.longest_posting_streak) as longest_posting_streak
    from posts
    cross join campaign
    inner join streaks on posts.person_id = streaks.person_id
    group by posts.person_id
)

select * from final
