with campaign as (
    select * from {{ ref('stg_campaign') }}
),

days as (
    select
        day,
        campaign.starts_on + day - 1 as local_date,
        -- the last place on earth where it ends is 12 hours behind UTC
        (campaign.starts_on + day)::timestamp at time zone 'UTC' + interval '12 hours' as over_at
    from campaign
    cross join lateral generate_series(1, campaign.days) as day
)

select
    day,
    local_date,
    over_at <= {{ as_of() }} as is_over
from days
