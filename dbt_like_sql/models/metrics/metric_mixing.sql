with measured as (
    select * from {{ source('build', 'tie_mixing') }}
),

final as (
    select
        {{ stamp() }},
        population,
        attribute,
        window_name,
        from_group,
        to_group,
        observed,
        expected,
        ratio
    from measured
)

select * from final
