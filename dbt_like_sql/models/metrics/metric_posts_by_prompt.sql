with prompts as (
    select * from {{ ref('dim_prompt') }}
),

posts as (
    select
        prompt_day,
        count(*) as posts,
        count(distinct person_id) as members,
        count(*) filter (where lag_days = 0) as on_time,
        count(*) filter (where lag_days > 0) as late,
        count(*) filter (where lag_days < 0) as early
    from {{ ref('fct_posts') }}
    group by prompt_day
),

coverage as (
    select prompt_day, count(*) as coverage_rows from {{ ref('fct_post_days') }} group by prompt_day
),

final as (
    select
        {{ stamp() }},
        prompts.prompt_day,
        prompts.label,
        coalesce(posts.posts, 0) as posts,
        coalesce(coverage.coverage_rows, 0) as coverage_rows,
        coalesce(posts.members, 0) as members,
        coalesce(posts.on_time, 0) as on_time,
        coalesce(posts.late, 0) as late,
        coalesce(posts.early, 0) as early
    from prompts
    left join posts on prompts.prompt_day = posts.prompt_day
    left join coverage on prompts.prompt_day = coverage.prompt_day
)

select * from final
