{{ config(materialized='ephemeral') }}

with pairs as (
    select
        platform_a || ':' || post_id_a collate "C" <= platform_b || ':' || post_id_b collate "C" as in_order,
        *
    from {{ source('build', 'doubtful') }}
),

final as (
    select
        case when in_order then platform_a else platform_b end as platform,
        case when in_order then post_id_a else post_id_b end as post_id,
        case when in_order then platform_b else platform_a end as other_platform,
        case when in_order then post_id_b else post_id_a end as other_post_id,
        string_agg(rule || coalesce(' ' || round(score, 2), ''), '; ' order by rule) as suggestion
    from pairs
    group by 1, 2, 3, 4
)

select * from final
