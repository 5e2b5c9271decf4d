with steps as (
    select * from {{ ref('waterfall_steps') }}
),

by_source as (
    select 'quarantined' as step, count(*) as items from {{ ref('stg_quarantine') }}
    union all
    select reason as step, count(*) as items from {{ ref('stg_sieved') }} group by reason
    union all
    select coalesce(exclusion_reason, 'counted') as step, count(*) as items
    from {{ ref('fct_items') }}
    group by coalesce(exclusion_reason, 'counted')
    union all
    select 'seen' as step, (select count(*) from {{ ref('stg_sieved') }}) + (select count(*) from {{ ref('fct_items') }}) as items
),

found as (
    -- what is not public was kept out by the sieve, or was held and became so
    select step, sum(items) as items from by_source group by step
),

counted as (
    select steps.step_order, steps.step, steps.kind, coalesce(found.items, 0) as items
    from steps
    left join found on steps.step = found.step
),

final as (
    select
        {{ stamp() }},
        step_order,
        step,
        kind,
        items::bigint as items,
        case when kind <> 'quarantine' then
            sum(case kind when 'start' then items when 'sieve' then -items when 'exclusion' then -items else 0 end)
                over (order by step_order)
        end::bigint as remaining
    from counted
)

select * from final
