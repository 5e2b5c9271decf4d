with posts as (
    select * from {{ ref('fct_posts') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

last_over as (
    select max(day) as day from {{ ref('int_days') }} where is_over
),

days as (
    select person_id, 'prompt' as kind, prompt_day as day from posts
    union
    select posts.person_id, 'posting' as kind, posts.local_date - campaign.starts_on + 1 as day
    from posts
    cross join campaign
    where posts.local_date <= campaign.ends_on
),

-- days in a row are equally far ahead of their number
numbered as (
    select *, day - row_number() over (partition by person_id, kind order by day) as run from days
),

runs as (
    select
        person_id,
        kind,
        count(*) as length,
        min(day) as first_day,
        max(day) as last_day
    from numbered
    group by person_id, kind, run
),

counted as (
    select
        runs.person_id,
        runs.kind,
        runs.length,
        last_over.day is not null as has_begun,
        case
            when last_over.day between runs.first_day and runs.last_day then (last_over.day - runs.first_day + 1)::bigint
        end as current_length
    from runs
    cross join last_over
)

select
    person_id,
    max(length) filter (where kind = 'prompt') as longest_prompt_streak,
    coalesce(max(length) filter (where kind = 'posting'), 0) as longest_posting_streak,
    case when bool_and(has_begun) then
        coalesce(max(current_length) filter (where kind = 'prompt'), 0)
    end as current_prompt_streak,
    case when bool_and(has_begun) then
        coalesce(max(current_length) filter (where kind = 'posting'), 0)
    end as current_posting_streak
from counted
group by person_id
