with posts as (
    select * from {{ ref('fct_posts') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

streaks as (
    select * from {{ ref('int_members__streaks') }}
),

ties as (
    select * from {{ ref('int_ties') }} where window_name = 'during'
),

measured as (
    select bool_or(reason is null) as is_measured from {{ ref('int_windows') }} where window_name = 'during'
),

given as (
    select source_person as person_id, sum(acts) as acts from ties group by source_person
),

received as (
    select target_person as person_id, sum(acts) as acts from ties group by target_person
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
        min(streaks.longest_posting_streak) as longest_posting_streak,
        case when bool_and(measured.is_measured) then coalesce(min(given.acts), 0)::bigint end as given,
        case when bool_and(measured.is_measured) then coalesce(min(received.acts), 0)::bigint end as received
    from posts
    cross join campaign
    cross join measured
    inner join streaks on posts.person_id = streaks.person_id
    left join given on posts.person_id = given.person_id
    left join received on posts.person_id = received.person_id
    group by posts.person_id
)

select * from final
