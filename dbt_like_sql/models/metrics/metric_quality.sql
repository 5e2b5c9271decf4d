with campaign as (
    select * from {{ ref('stg_campaign') }}
),

items as (
    select
        items.platform,
        items.post_id,
        items.created_at,
        items.first_seen_at,
        items.deleted_at,
        classified.exclusion_reason
    from {{ ref('stg_items') }} as items
    inner join {{ ref('int_items__classified') }} as classified using (platform, post_id)
),

runs as (
    select platform, (started_at at time zone 'UTC')::date as day, state from {{ ref('stg_runs') }} where verb = 'collect'
),

platforms as (
    select unnest(platforms) as platform from campaign
    union
    select platform from items
    union
    select platform from runs
),

days as (
    -- as many days before the campaign as it has, and after it, as far as they are past
    select day::date as day
    from campaign
    cross join lateral generate_series(
        campaign.starts_on - campaign.days,
        least(campaign.ends_on + campaign.days, ({{ as_of() }} at time zone 'UTC')::date),
        interval '1 day'
    ) as day
),

collected as (
    select platform, day, count(*) as runs, count(*) filter (where state = 'completed') as succeeded
    from runs
    group by platform, day
),

gaps as (
    select
        platform,
        (hour at time zone 'UTC')::date as day,
        count(distinct hour) filter (where state = 'gap') as gap_hours
    from {{ ref('stg_coverage') }}
    group by platform, (hour at time zone 'UTC')::date
),

met as (
    select platform, (first_seen_at at time zone 'UTC')::date as day, min(created_at) as oldest_created_at
    from items
    group by platform, (first_seen_at at time zone 'UTC')::date
),

posted as (
    select
        platform,
        (coalesce(created_at, first_seen_at) at time zone 'UTC')::date as day,
        count(*) filter (where exclusion_reason = 'author_unresolved') as unresolved_authors,
        percentile_cont(0.5) within group (order by extract(epoch from first_seen_at - created_at) / 3600) as latency_hours
    from items
    group by platform, (coalesce(created_at, first_seen_at) at time zone 'UTC')::date
),

asked as (
    select
        reviews.platform,
        (coalesce(questions.first_seen_at, {{ as_of() }}) at time zone 'UTC')::date as day,
        sum(reviews.records) as open_reviews
    from {{ ref('int_reviews') }} as reviews
    left join {{ ref('stg_questions') }} as questions using (queue, subject)
    group by reviews.platform, (coalesce(questions.first_seen_at, {{ as_of() }}) at time zone 'UTC')::date
),

edited as (
    select platform, (version_at at time zone 'UTC')::date as day, count(*) as edits
    from (
        select platform, version_at, row_number() over (partition by platform, post_id order by version_at) as place
        from {{ ref('stg_item_versions') }}
        group by platform, post_id, version_at  -- copies that know different things of one version are no edits
    ) as versions
    where place > 1
    group by platform, (version_at at time zone 'UTC')::date
),

deleted as (
    select items.platform, (coalesce(items.deleted_at, losses.observed_at) at time zone 'UTC')::date as day, count(*) as deletions
    from items
    left join {{ ref('stg_item_losses') }} as losses
        on items.platform = losses.platform and items.post_id = losses.post_id and losses.loss = 'deleted'
    where items.deleted_at is not null or losses.post_id is not null
    group by items.platform, (coalesce(items.deleted_at, losses.observed_at) at time zone 'UTC')::date
),

quarantined as (
    select platform, (observed_at at time zone 'UTC')::date as day, count(*) as quarantined
    from {{ ref('stg_quarantine') }}
    group by platform, (observed_at at time zone 'UTC')::date
),

happened as (
    select platform, day from collected
    union
    select platform, day from gaps where gap_hours > 0
    union
    select platform, day from met
    union
    select platform, day from posted
    union
    select platform, day from asked
    union
    select platform, day from edited
    union
    select platform, day from deleted
    union
    select platform, day from quarantined
),

shown as (
    select platforms.platform, days.day
    from platforms
    cross join days
    union
    -- later, only what was not quiet
    select happened.platform, happened.day
    from happened
    inner join platforms on happened.platform = platforms.platform
    cross join campaign
    where happened.day > campaign.ends_on + campaign.days
        and happened.day <= ({{ as_of() }} at time zone 'UTC')::date
),

final as (
    select
        {{ stamp() }},
        platform,
        day,
        coalesce(collected.runs, 0) as runs,
        coalesce(collected.succeeded, 0) as succeeded,
        gaps.gap_hours,
        met.oldest_created_at,
        coalesce(posted.unresolved_authors, 0) as unresolved_authors,
        coalesce(asked.open_reviews, 0)::bigint as open_reviews,
        coalesce(edited.edits, 0) as edits,
        coalesce(deleted.deletions, 0) as deletions,
        coalesce(quarantined.quarantined, 0) as quarantined,
        round(posted.latency_hours::numeric, 6) as latency_hours
    from shown
    left join collected using (platform, day)
    left join gaps using (platform, day)
    left join met using (platform, day)
    left join posted using (platform, day)
    left join asked using (platform, day)
    left join edited using (platform, day)
    left join deleted using (platform, day)
    left join quarantined using (platform, day)
)

select * from final
