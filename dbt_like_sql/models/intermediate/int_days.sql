with campaign as (
    select * from {{ ref('stg_campaign') }}
),

days as (
    select day, campaign.starts_on + day - 1 as local_date
    from campaign
    cross join lateral generate_series(1, campaign.days) as day
)

select
    day,
    local_date,
    {{ is_over_everywhere('local_date') }} as is_over
from days
