with members as (
    select * from {{ ref('dim_member') }}
),

grouped as (
    select person_id, 'all' as group_by, 'all' as group_name from members
    union all
    select person_id, 'role' as group_by, role as group_name from members
    union all
    select person_id, 'cohort' as group_by, coalesce(cohort_year::text, 'Unknown') as group_name
    from members
    where role = 'fellow'
    union all
    select person_id, 'region' as group_by, coalesce(region, 'Unknown') as group_name
    from members
    where role = 'fellow'
)

select * from grouped
