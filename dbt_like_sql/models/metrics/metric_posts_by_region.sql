with fellows as (
    select person_id, coalesce(region, 'Unknown') as region
    from {{ ref('dim_member') }}
    where role = 'fellow'
),

grouped as (
    select
        fellows.region,
        count(posts.cluster_id) as posts,
        count(distinct posts.person_id) as members,
        count(distinct fellows.person_id) as eligible
    from fellows
    left join {{ ref('fct_posts') }} as posts on fellows.person_id = posts.person_id
    group by fellows.region
),

final as (
    select
        {{ stamp() }},
        region,
        {{ group_measures() }}
    from grouped
)

select * from final
