with items as (
    select * from {{ ref('int_items__countable') }}
),

clusters as (
    select * from {{ source('build', 'clustered') }}
),

ranked as (
    select
        items.platform,
        items.post_id,
        items.is_bridge,
        clusters.cluster_id,
        clusters.is_canonical,
        clusters.copies,
        row_number() over (
            partition by clusters.cluster_id, items.platform order by items.place
        ) as place_on_platform
    from items
    inner join clusters on items.platform = clusters.platform and items.post_id = clusters.post_id
),

clustered as (
    select
        platform,
        post_id,
        cluster_id,
        is_canonical,
        copies,
        case
            when is_canonical then null
            when is_bridge then 'bridge_copy'
            when place_on_platform > 1 then 'duplicate_same_platform'
            else 'duplicate_crosspost'
        end as duplicate_reason
    from ranked
)

select * from clustered
