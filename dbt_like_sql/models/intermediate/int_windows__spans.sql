with campaign as (
    select * from {{ ref('stg_campaign') }}
),

windows as (
    select
        'before' as window_name,
        starts_on - days as first_day,
        starts_on - 1 as last_day,
        starts_on - 1 as open_to
    from campaign
    union all
    select 'during' as window_name, starts_on as first_day, ends_on as last_day, ends_on + grace_days as open_to from campaign
    union all
    select
        'after' as window_name,
        ends_on + 1 as first_day,
        ends_on + days as last_day,
        ends_on + days as open_to
    from campaign
),

timed as (
    select
        windows.*,
        windows.first_day::timestamp at time zone campaign.zone as starts_at,
        (windows.last_day + 1)::timestamp at time zone campaign.zone as ends_at,
        windows.window_name <> 'during' as is_beside,
        campaign.days,
        campaign.zone,
        campaign.opens_at,
        campaign.closes_at
    from windows
    cross join campaign
)

select
    window_name,
    first_day,
    open_to,
    starts_at,
    ends_at,
    days,
    open_to - first_day + 1 as open_days,
    greatest(0, least(days, ({{ as_of() }} at time zone zone)::date - first_day + 1)) as days_begun,
    case when is_beside then ends_at else greatest(ends_at, closes_at) end <= {{ as_of() }} as is_over,
    is_beside,
    zone,
    opens_at,
    closes_at
from timed
