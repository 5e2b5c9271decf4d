with measured as (
    select * from {{ source('build', 'tie_change') }}
),

windows as (
    select {{ windows_note() }} as note from {{ ref('int_windows') }}
),

final as (
    select
        {{ stamp() }},
        population,
        group_type,
        group_label,
        measure,
        members,
        before,
        during,
        after,
        difference,
        ci_low,
        ci_high,
        by_volume,
        p_rise,
        p_two_sided,
        reason,
        after_difference,
        after_ci_low,
        after_ci_high,
        after_by_volume,
        after_p_rise,
        after_p_two_sided,
        after_reason,
        resamples,
        shuffles,
        after_shuffles,
        seed,
        note
    from measured
    cross join windows
)

select * from final
