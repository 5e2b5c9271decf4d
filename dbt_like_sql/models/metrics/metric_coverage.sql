with campaign as (
    select * from {{ ref('stg_campaign') }}
),

coverage as (
    select * from {{ ref('stg_coverage') }}
),

hours as (
    -- from the first moment of the first day anywhere on earth to the last one of the grace period, as far as that is past
    select hour
    from campaign
    cross join lateral generate_series(
        (campaign.starts_on::timestamp - interval '14 hours') at time zone 'UTC',
        least(
            (campaign.ends_on + campaign.grace_days + 1)::timestamp at time zone 'UTC' + interval '12 hours',
            {{ as_of() }}
        ) - interval '1 hour',
        interval '1 hour'
    ) as hour
),

queries as (
    -- also what was asked and never got an answer: without it, silence would look like no posts
    select platform, query, true as is_asked from {{ ref('stg_queries') }}
    union all
    -- what is asked no more (another roster, a site taken out) is shown as far as it was read
    select distinct platform, query, false as is_asked
    from coverage
    where (platform, query) not in (select platform, query from {{ ref('stg_queries') }})
),

final as (
    select
        {{ stamp() }},
        queries.platform,
        queries.query,
        (hours.hour at time zone 'UTC')::date as day,
        (count(*) filter (where coverage.state = 'complete'))::integer as hours_complete,
        (count(*) filter (where coverage.state = 'gap'))::integer as hours_gap,
        (count(*) filter (where coverage.state = 'not_visible'))::integer as hours_not_visible,
        (count(*) filter (where coverage.state is null and queries.is_asked))::integer as hours_unread
    from queries
    cross join hours
    left join coverage
        on queries.platform = coverage.platform
        and queries.query = coverage.query
        and hours.hour = coverage.hour
    group by queries.platform, queries.query, (hours.hour at time zone 'UTC')::date
    having bool_or(queries.is_asked or coverage.state is not null)
)

select * from final
