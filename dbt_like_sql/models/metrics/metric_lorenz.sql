with people as (
    select * from {{ ref('int_members__posted') }} where group_by = 'all'
),

levels as (
    select population, posts as posts_each, count(*) as people, sum(posts) as posts
    from people
    group by population, posts
    union all
    -- where every curve begins
    select distinct population, null::bigint as posts_each, 0 as people, 0 as posts from people
),

summed as (
    select
        population,
        posts_each,
        row_number() over ascending - 1 as point,
        sum(people) over ascending as people,
        sum(posts) over ascending as posts,
        sum(people) over (partition by population) as all_people,
        sum(posts) over (partition by population) as all_posts
    from levels
    window ascending as (partition by population order by posts_each nulls first rows unbounded preceding)
),

final as (
    select
        {{ stamp() }},
        population,
        point,
        posts_each,
        people::bigint as people,
        posts::bigint as posts,
        {{ ratio('people', 'all_people') }} as people_share,
        {{ ratio('posts', 'all_posts') }} as posts_share
    from summed
)

select * from final
