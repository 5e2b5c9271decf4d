with groups as (
    select * from {{ ref('int_members__groups') }}
),

posts as (
    select person_id, count(*) as posts from {{ ref('fct_posts') }} group by person_id
),

populations as (
    select 'participants' as population, groups.group_by, groups.group_name, groups.person_id, posts.posts
    from groups
    inner join posts on groups.person_id = posts.person_id
    union all
    select 'roster' as population, groups.group_by, groups.group_name, groups.person_id, coalesce(posts.posts, 0) as posts
    from groups
    left join posts on groups.person_id = posts.person_id
)

select * from populations
