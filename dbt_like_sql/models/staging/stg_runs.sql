with source as (
    select
        runs.campaign,
        runs.run_id,
        runs.verb,
        runs.started_at,
        runs.ended_at,
        platforms.platform,
        platforms.state,
        platforms.new + platforms.updated + platforms.unchanged as items_met
    from {{ source('core', 'run') }} as runs
    inner join {{ source('core', 'run_platform') }} as platforms using (run_id)
),

renamed as (
    select
        run_id,
        platform,
        verb,
        state,
        items_met,
        started_at,
        ended_at
    from source
    where campaign = {{ this_campaign() }}
)

select * from renamed
