with snapshots as (
    select platform, post_id, source, min(observed_at) as first_at
    from {{ ref('stg_metric_snapshots') }}
    group by platform, post_id, source
),

-- what a refresh had to meet: every post that is held, once per source that shows it, until it is taken down
changes as (
    select platform, first_at as at, 1 as held, null::uuid as run_id, null::bigint as items_met, null::timestamptz as ended_at
    from snapshots
    union all
    select snapshots.platform, greatest(losses.observed_at, snapshots.first_at), -1, null, null, null
    from snapshots
    inner join {{ ref('stg_item_losses') }} as losses using (platform, post_id)
    union all
    select platform, coalesce(ended_at, started_at), 0, run_id, items_met, ended_at
    from {{ ref('stg_runs') }}
    where verb = 'refresh' and state = 'completed' and ended_at <= {{ as_of() }}
),

counted as (
    select *, sum(held) over (partition by platform order by at) as to_meet
    from changes
),

complete as (
    select platform, run_id, ended_at as seen_at
    from counted
    where run_id is not null and items_met >= to_meet and to_meet > 0
)

select * from complete
