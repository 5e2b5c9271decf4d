with spans as (
    select * from {{ ref('int_windows__spans') }}
),

days as (
    select * from {{ ref('int_windows__days') }}
),

known as (
    select
        window_name,
        (count(distinct day) filter (where is_read))::integer as days_read,
        (count(distinct day) filter (where is_told))::integer as days_told,
        (count(distinct day) filter (where is_read or is_told))::integer as days_known
    from days
    group by window_name
),

judged as (
    select
        spans.*,
        coalesce(known.days_read, 0) as days_read,
        coalesce(known.days_told, 0) as days_told,
        case
            when spans.window_name = 'after' and not spans.is_over then 'not over yet'
            when spans.days_begun = 0 then 'not begun yet'
            when known.window_name is null then 'nothing was collected'
            when known.days_known * 2 >= spans.days or {{ as_of() }} < spans.ends_at then null
            when known.days_read = 0 and known.days_told > 0 then 'clerks told of fewer than half of its days who dealt with whom'
            else 'who dealt with whom was read for fewer than half of its days'
        end as reason
    from spans
    left join known on spans.window_name = known.window_name
),

on_platforms as (
    select judged.window_name, days.platform
    from judged
    inner join days on judged.window_name = days.window_name
    where judged.reason is null and (days.is_read or days.is_told)
    group by judged.window_name, days.platform, judged.days_begun
    having count(*) * 2 >= judged.days_begun
),

lacking as (
    select judged.window_name, string_agg(platforms.platform, ', ' order by platforms.platform collate "C") as platforms
    from judged
    cross join (select distinct platform from on_platforms) as platforms
    left join on_platforms
        on judged.window_name = on_platforms.window_name and platforms.platform = on_platforms.platform
    where judged.reason is null and on_platforms.platform is null
    group by judged.window_name
)

select
    judged.window_name,
    judged.first_day,
    judged.open_to,
    judged.starts_at,
    judged.ends_at,
    judged.days,
    judged.open_days,
    judged.is_over,
    judged.days_read,
    judged.days_told,
    judged.reason,
    'known on fewer platforms than the other windows, not on ' || lacking.platforms as note
from judged
left join lacking on judged.window_name = lacking.window_name
