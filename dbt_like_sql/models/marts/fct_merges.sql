with merges as (
    select * from {{ source('build', 'merged') }}
),

clusters as (
    select * from {{ ref('int_items__clustered') }}
),

final as (
    select
        {{ stamp() }},
        clusters.cluster_id,
        merges.platform_a as platform,
        merges.post_id_a as post_id,
        merges.platform_b as copy_platform,
        merges.post_id_b as copy_post_id,
        merges.rule,
        merges.score
    from merges
    inner join clusters on merges.platform_b = clusters.platform and merges.post_id_b = clusters.post_id
)

select * from final
