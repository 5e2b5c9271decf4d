{%- set counts = engagement_counts() + ['views'] -%}

with items as (
    select platform, post_id, created_at, created_at + interval '7 days' as week_old_at
    from {{ ref('int_items__countable') }}
),

ranks as (
    select * from {{ ref('stg_item_sources') }}
),

snapshots as (
    select snapshots.*, items.week_old_at, coalesce(ranks.source_rank, 0) as source_rank
    from items
    inner join {{ ref('stg_metric_snapshots') }} as snapshots using (platform, post_id)
    left join ranks using (platform, post_id, source)
    where snapshots.observed_at <= {{ as_of() }}
),

latest as (
    select distinct on (platform, post_id) *
    from snapshots
    order by platform, post_id, source_rank desc, observed_at desc, source collate "C"
),

-- refreshes near the day on which a post is a week old: by days, so that not every post is held against every refresh
refreshes as (
    select distinct platform, seen_at, ((seen_at at time zone 'UTC')::date + near) as day
    from {{ ref('int_refreshes__complete') }}
    cross join generate_series(-1, 1) as near
),

sights as (
    select platform, post_id, source, source_rank, week_old_at, observed_at as seen_at
    from snapshots
    union all
    select first.platform, first.post_id, first.source, first.source_rank, first.week_old_at, refreshes.seen_at
    from (
        select platform, post_id, source, source_rank, week_old_at, min(observed_at) as observed_at
        from snapshots
        group by platform, post_id, source, source_rank, week_old_at
    ) as first
    inner join refreshes
        on first.platform = refreshes.platform
        and (first.week_old_at at time zone 'UTC')::date = refreshes.day
        and first.observed_at <= refreshes.seen_at
),

nearest as (
    select distinct on (platform, post_id) platform, post_id, source, seen_at
    from sights
    where seen_at between week_old_at - interval '1 day' and week_old_at + interval '1 day'
    order by
        platform,
        post_id,
        source_rank desc,
        greatest(seen_at - week_old_at, week_old_at - seen_at),
        seen_at,
        source collate "C"
),

week_old as (
    select distinct on (snapshots.platform, snapshots.post_id) snapshots.*, nearest.seen_at
    from nearest
    inner join snapshots using (platform, post_id, source)
    where snapshots.observed_at <= nearest.seen_at
    order by snapshots.platform, snapshots.post_id, snapshots.observed_at desc
),

counted as (
    select
        items.platform,
        items.post_id,
        latest.observed_at,
        {% for count in counts -%}
        latest.{{ count }},
        {% endfor -%}
        week_old.seen_at as observed_at_7d,
        {% for count in counts -%}
        week_old.{{ count }} as {{ count }}_7d{{ ',' if not loop.last }}
        {% endfor %}
    from items
    left join latest using (platform, post_id)
    left join week_old using (platform, post_id)
)

select * from counted
