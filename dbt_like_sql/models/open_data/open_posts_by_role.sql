with seen as (
    {{ outside_groups('role') }}
),

final as (
    select
        {{ stamp() }},
        seen.group_label as role,
        {{ outside_group_measures() }},
        seen.is_suppressed
    from seen
)

select * from final
