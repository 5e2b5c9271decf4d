with fellows as (
    select person_id, cohort_year from {{ ref('dim_member') }} where role = 'fellow'
),

grouped as (
    select
        fellows.cohort_year,
        count(posts.cluster_id) as posts,
        count(distinct posts.person_id) as members,
        count(distinct fellows.person_id) as eligible
    from fellows
    left join {{ ref('fct_posts') }} as posts on fellows.person_id = posts.person_id
    group by fellows.cohort_year
),

final as (
    select
        {{ stamp() }},
        cohort_year,
        {{ group_measures() }}
    from grouped
)

select * from final
