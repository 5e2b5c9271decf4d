with items as (
    select * from {{ ref('int_items__localised') }}
),

named as (
    select * from {{ ref('stg_item_days') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

decided as (
    select distinct on (subject) subject, day
    from {{ ref('stg_decisions') }}
    where verdict = 'day'
    order by subject, known_from desc, queue
),

facts as (
    select
        items.platform,
        items.post_id,
        items.local_date - campaign.starts_on + 1 as local_day,
        campaign.days as last_day,
        campaign.grace_days,
        coalesce(named.days, '{}') as named_days,
        case when cardinality(named.themes) = 1 then named.themes[1] end as theme_day,
        decided.day as decided_day
    from items
    cross join campaign
    left join decided on decided.subject = concat('post:', items.platform, ':', items.post_id)
    left join named on items.platform = named.platform and items.post_id = named.post_id
),

ruled as (
    select
        *,
        case
            when decided_day is not null then 'manual'
            when cardinality(named_days) = 1 and named_days[1] <> local_day and theme_day = local_day
                then 'explicit_conflict'
            when cardinality(named_days) > 0 then 'explicit'
            when theme_day is not null then 'theme'
            when local_day between 1 and last_day then 'date'
            else 'unassigned'
        end as day_method
    from facts
),

assigned as (
    select
        *,
        case day_method
            when 'manual' then decided_day
            when 'explicit_conflict' then local_day
            when 'explicit' then coalesce(
                -- its own day, else the last one before it: both are the largest that is not later
                (select max(day) from unnest(named_days) as day where day <= local_day),
                (select min(day) from unnest(named_days) as day)
            )
            when 'theme' then theme_day
            when 'date' then local_day
        end as prompt_day
    from ruled
),

windowed as (
    select
        platform,
        post_id,
        local_day,
        named_days,
        day_method,
        prompt_day,
        local_day - prompt_day as lag_days,
        coalesce(
            local_day between 1 and last_day
            or (local_day between last_day + 1 and last_day + grace_days and day_method in ('manual', 'explicit', 'theme')),
            false
        ) as is_in_window
    from assigned
)

select * from windowed
