with campaign as (
    select * from {{ ref('stg_campaign') }}
),

acts as (
    select distinct date_bin('15 minutes', acted_at, '2000-01-01 00:00+00') as at, is_by_hand
    from {{ ref('stg_interactions') }}
    where acted_at is not null
),

coverage as (
    select distinct hour from {{ ref('stg_interaction_coverage') }} where state = 'complete'
),

windows as (
    select 'before' as window_name, starts_on - days as starts_on, starts_on as ends_on from campaign
    union all
    select 'during' as window_name, starts_on, ends_on + 1 as ends_on from campaign
    union all
    select 'after' as window_name, ends_on + 1 as starts_on, ends_on + 1 + days as ends_on from campaign
),

timed as (
    select
        windows.window_name,
        windows.starts_on::timestamp at time zone campaign.zone as starts_at,
        windows.ends_on::timestamp at time zone campaign.zone as ends_at,
        windows.ends_on - windows.starts_on as days,
        campaign.zone,
        -- the campaign is read for a little longer than it lasts, which is no reading of the windows beside it
        windows.window_name <> 'during' as is_beside,
        campaign.opens_at,
        campaign.closes_at
    from windows
    cross join campaign
),

read as (
    select
        timed.window_name,
        count(distinct (told.at at time zone timed.zone)::date) filter (where told.is_read) as days_read,
        coalesce(bool_or(told.is_by_hand), false) as is_told_by_hand,
        coalesce(bool_or(not told.is_read), false) as has_acts
    from timed
    left join (
        select at, is_by_hand, false as is_read from acts
        union all
        select hour, false as is_by_hand, true as is_read from coverage
    ) as told
        on told.at >= timed.starts_at
        and told.at < timed.ends_at
        and not (timed.is_beside and told.at >= timed.opens_at and told.at < timed.closes_at)
    group by timed.window_name
)

select
    timed.window_name,
    timed.starts_at,
    timed.ends_at,
    timed.days,
    read.days_read::integer as days_read,
    case
        when timed.window_name = 'after' and {{ as_of() }} < timed.ends_at then 'not over yet'
        when {{ as_of() }} < timed.starts_at then 'not begun yet'
        when read.days_read = 0 and not read.has_acts then 'nothing was collected'
        when read.days_read * 2 < timed.days and timed.ends_at <= {{ as_of() }} and not read.is_told_by_hand
            then 'who dealt with whom was read for fewer than half of its days'
    end as reason
from timed
inner join read on timed.window_name = read.window_name
