with measured as (
    select * from {{ source('build', 'tie_coleman') }}
),

final as (
    select
        {{ stamp() }},
        population,
        attribute,
        window_name,
        group_label,
        members,
        out_ties,
        in_ties,
        internal,
        coleman
    from measured
)

select * from final
