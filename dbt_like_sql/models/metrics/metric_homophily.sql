with measured as (
    select * from {{ source('build', 'tie_homophily') }}
),

windows as (
    select * from {{ ref('int_windows') }}
),

hidden as (
    select {{ hidden_platforms() }} as hidden_platforms
),

final as (
    select
        {{ stamp() }},
        measured.population,
        measured.attribute,
        measured.window_name,
        measured.members,
        measured.groups,
        measured.dyads,
        measured.external,
        measured.internal,
        measured.ei,
        measured.expected_ei,
        measured.permutation_sd,
        measured.z,
        measured.p_lower,
        measured.p_upper,
        measured.p_two_sided,
        measured.configuration_internal,
        measured.configuration_ei,
        measured.r,
        measured.p_r,
        hidden.hidden_platforms,
        measured.permutations,
        measured.seed,
        measured.reason,
        windows.note
    from measured
    inner join windows on measured.window_name = windows.window_name
    cross join hidden
)

select * from final
