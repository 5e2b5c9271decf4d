with nodes as (
    select * from {{ ref('int_ties__nodes') }}
),

windows as (
    select
        case
            when bool_or(reason is not null and window_name = 'during')
                then 'during: ' || max(reason) filter (where window_name = 'during')
            when bool_or(reason is not null and window_name = 'before')
                then 'before: ' || max(reason) filter (where window_name = 'before')
        end as reason,
        'after: ' || max(reason) filter (where window_name = 'after') as after_reason,
        bool_or(reason is null) filter (where window_name = 'during') as is_during_measured,
        {{ windows_note() }} as note
    from {{ ref('int_windows') }}
),

dyads as (
    select
        source_person,
        target_person,
        bool_or(window_name = 'before') as was_before,
        bool_or(window_name = 'after') as is_after
    from {{ ref('int_ties') }}
    group by source_person, target_person
    having bool_or(window_name = 'during')
),

grouped as (
    select
        populations.population,
        groups.attribute,
        groups.label,
        nodes.person_id
    from nodes
    cross join lateral (values ('cohort', cohort), ('region', region), ('country', country)) as groups (attribute, label)
    inner join (values ('fellows', true), ('members', false)) as populations (population, only_fellows)
        on nodes.is_fellow or not populations.only_fellows
),

sizes as (
    select
        population,
        attribute,
        sum(members)::bigint as members,
        sum(members * (members - 1))::bigint as internal_pairs
    from (
        select population, attribute, count(label) as members from grouped group by population, attribute, label
    ) as groups
    group by population, attribute
),

counted as (
    select
        sources.population,
        sources.attribute,
        count(*) as dyads,
        count(*) filter (where not dyads.was_before) as new_dyads,
        count(*) filter (where not dyads.was_before and sources.label is not null and targets.label is not null)
            as known_group,
        count(*) filter (where not dyads.was_before and sources.label <> targets.label) as cross_group,
        count(*) filter (where not dyads.was_before and dyads.is_after) as sustained,
        count(*) filter (where not dyads.was_before and dyads.is_after and sources.label <> targets.label)
            as sustained_cross_group
    from dyads
    inner join grouped as sources on dyads.source_person = sources.person_id
    inner join grouped as targets
        on dyads.target_person = targets.person_id
        and sources.population = targets.population
        and sources.attribute = targets.attribute
    group by sources.population, sources.attribute
),

shown as (
    select
        sizes.population,
        sizes.attribute,
        sizes.members,
        sizes.internal_pairs,
        windows.reason,
        coalesce(windows.reason, windows.after_reason) as sustained_reason,
        windows.note,
        case when windows.is_during_measured then coalesce(counted.dyads, 0) end as dyads,
        case when windows.reason is null then coalesce(counted.new_dyads, 0) end as new_dyads,
        case when windows.reason is null then coalesce(counted.known_group, 0) end as known_group,
        case when windows.reason is null then coalesce(counted.cross_group, 0) end as cross_group,
        coalesce(counted.sustained, 0) as sustained,
        coalesce(counted.sustained_cross_group, 0) as sustained_cross_group
    from sizes
    cross join windows
    left join counted on sizes.population = counted.population and sizes.attribute = counted.attribute
),

final as (
    select
        {{ stamp() }},
        population,
        attribute,
        dyads,
        new_dyads,
        known_group,
        cross_group,
        case when known_group >= 20 then {{ ratio('cross_group', 'known_group') }} end as cross_share,
        1 - {{ ratio('internal_pairs', 'members * (members - 1)') }} as expected_cross_share,
        case when sustained_reason is null then sustained end as sustained,
        case when sustained_reason is null then sustained_cross_group end as sustained_cross_group,
        coalesce(reason, case when known_group < 20 then 'fewer than 20 ties between people whose group is known' end) as reason,
        sustained_reason,
        note
    from shown
)

select * from final
