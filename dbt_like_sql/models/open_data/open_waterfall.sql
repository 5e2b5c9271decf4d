with waterfall as (
    select * from {{ ref('metric_waterfall') }} where kind <> 'quarantine'
),

groups as (
    select * from {{ ref('int_outside__groups') }} where part = 'step'
),

campaign as (
    select
        totals.is_shown,
        totals.is_shown and (select coalesce(bool_and(is_enough), true) from groups) as is_whole
    from {{ ref('int_outside__totals') }} as totals
),

steps as (
    select
        waterfall.step_order::numeric as step_order,
        waterfall.step,
        waterfall.kind,
        waterfall.items,
        case waterfall.kind when 'start' then not campaign.is_whole when 'end' then not campaign.is_shown else false end
            as is_suppressed
    from waterfall
    cross join campaign
    left join groups on waterfall.step = groups.group_label
    where waterfall.kind in ('start', 'end')
        or waterfall.step = 'organiser_account'
        or not groups.is_suppressed
),

pooled as (
    select
        (select step_order from waterfall where kind = 'end') - 0.5 as step_order,
        'other_reasons' as step,
        'pooled' as kind,
        sum(groups.posts)::bigint as items,
        not campaign.is_whole as is_suppressed
    from groups
    cross join campaign
    where groups.is_suppressed
    group by campaign.is_whole
),

every_step as (
    select * from steps
    union all
    select * from pooled
),

final as (
    select
        {{ stamp() }},
        (row_number() over (order by step_order))::integer as step_order,
        step,
        kind,
        case when not is_suppressed then items end as items,
        case when campaign.is_whole then
            sum(case kind when 'start' then items when 'end' then 0 else -items end) over (order by step_order)
        end::bigint as remaining,
        is_suppressed
    from every_step
    cross join campaign
)

select * from final
