with posts as (
    select * from {{ ref('fct_posts') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
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
    select person_id, kind, count(*) as length from numbered group by person_id, kind, run
)

select
    person_id,
    max(length) filter (where kind = 'prompt') as longest_prompt_streak,
    coalesce(max(length) filter (where kind = 'posting'), 0) as longest_posting_streak
from runs
group by person_id
