with people as (
    select person_id, role from {{ ref('dim_member') }}
),

grouped as (
    select
        people.role,
        count(posts.cluster_id) as posts,
        count(distinct posts.person_id) as members,
        count(distinct people.person_id) as eligible
    from people
    left join {{ ref('fct_posts') }} as posts on people.person_id = posts.person_id
    group by people.role
),

final as (
    select
        {{ stamp() }},
        role,
        {{ group_measures() }}
    from grouped
)

select * from final
