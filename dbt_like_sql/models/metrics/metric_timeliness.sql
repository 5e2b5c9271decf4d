with posts as (
    select * from {{ ref('fct_posts') }} where lag_days is not null
),

groups as (
    select * from {{ ref('int_members__groups') }}
),

counted as (
    select
        groups.group_by,
        groups.group_name,
        posts.lag_days,
        count(*) as posts,
        count(distinct posts.person_id) as members
    from posts
    inner join groups on posts.person_id = groups.person_id
    group by groups.group_by, groups.group_name, posts.lag_days
),

final as (
    select
        {{ stamp() }},
        group_by,
        group_name,
        lag_days,
        case
            when lag_days < 0 then 'early'
            when lag_days = 0 then 'on time'
            when lag_days = 1 then '1 day late'
            when lag_days <= 3 then '2-3 days late'
            when lag_days <= 7 then '4-7 days late'
            else 'more than 7 days late'
        end as timeliness,
        posts,
        members,
        {{ ratio('posts', 'sum(posts) over (partition by group_by, group_name)') }} as share
    from counted
)

select * from final
