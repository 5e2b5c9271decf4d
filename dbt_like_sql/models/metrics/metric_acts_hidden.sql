with hidden as (
    select * from {{ ref('int_acts__hidden') }}
),

final as (
    select
        {{ stamp() }},
        platform,
        act,
        reason
    from hidden
)

select * from final
