with posting_days as (
    select distinct posts.person_id, days.day
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('int_days') }} as days on posts.local_date = days.local_date
),

spans as (
    select person_id, min(day) as first_day, max(day) as last_day from posting_days group by person_id
),

days as (
    select * from {{ ref('int_days') }}
),

groups as (
    select * from {{ ref('int_members__groups') }}
),

active as (
    select groups.group_by, groups.group_name, posting_days.day, count(*) as active
    from posting_days
    inner join groups on posting_days.person_id = groups.person_id
    group by groups.group_by, groups.group_name, posting_days.day
),

spanned as (
    select
        groups.group_by,
        groups.group_name,
        days.day,
        days.local_date,
        days.is_over,
        count(*) as members,
        count(*) filter (where spans.last_day >= days.day) as still_posting,
        count(*) filter (where spans.first_day <= days.day) as started_by,
        count(*) filter (where days.day between spans.first_day and spans.last_day) as at_risk,
        count(*) filter (where spans.last_day = days.day) as last_seen
    from spans
    inner join groups on spans.person_id = groups.person_id
    cross join days
    group by groups.group_by, groups.group_name, days.day, days.local_date, days.is_over
),

-- the product of the shares that went on after each earlier day; once nobody did, it stays 0
continued as (
    select
        *,
        case
            when bool_or(at_risk > 0 and last_seen = at_risk) over earlier then 0
            else round(exp(coalesce(
                sum(ln(1 - last_seen::numeric / nullif(at_risk, 0))) filter (where last_seen < at_risk) over earlier, 0
            )), 6)
        end as survival_begun
    from spanned
    window earlier as (
        partition by group_by, group_name order by day rows between unbounded preceding and 1 preceding
    )
),

final as (
    select
        {{ stamp() }},
        spanned.group_by,
        spanned.group_name,
        spanned.day,
        spanned.local_date,
        spanned.members,
        case when spanned.is_over then coalesce(active.active, 0) end as active,
        case when spanned.is_over then spanned.still_posting end as still_posting,
        case when spanned.is_over then {{ ratio('spanned.still_posting', 'spanned.members') }} end as survival,
        case when spanned.is_over then spanned.started_by end as started_by,
        case when spanned.is_over then spanned.at_risk end as at_risk,
        case when spanned.is_over then spanned.survival_begun end as survival_begun
    from continued as spanned
    left join active
        on spanned.group_by = active.group_by and spanned.group_name = active.group_name and spanned.day = active.day
)

select * from final
