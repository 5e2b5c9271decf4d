with unclustered as (
    select platform, post_id
    from {{ ref('fct_items') }}
    where (cluster_id is not null)
        <> (coalesce(exclusion_reason, 'counted') in ('counted', 'duplicate_same_platform', 'duplicate_crosspost', 'bridge_copy'))
),

not_counted_once as (
    select min(platform) as platform, cluster_id as post_id
    from {{ ref('fct_items') }}
    where cluster_id is not null
    group by cluster_id
    having count(*) filter (where exclusion_reason is null) <> 1 or count(distinct person_id) <> 1
),

wrong as (
    select * from unclustered
    union all
    select * from not_counted_once
)

select * from wrong
