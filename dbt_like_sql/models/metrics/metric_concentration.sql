with people as (
    select * from {{ ref('int_members__posted') }}
),

ranked as (
    select
        *,
        row_number() over ascending as place,
        row_number() over (partition by population, group_by, group_name order by posts desc, person_id) as place_from_top,
        count(*) over (partition by population, group_by, group_name) as size
    from people
    window ascending as (partition by population, group_by, group_name order by posts, person_id)
),

summed as (
    select
        population,
        group_by,
        group_name,
        count(*) as people,
        sum(posts) as posts,
        sum(place * posts) as weighted,
        percentile_cont(0.5) within group (order by posts) as median_posts,
        ceil(count(*) / 10.0) as top_tenth_people,
        sum(posts) filter (where place_from_top <= ceil(size / 10.0)) as top_tenth_posts,
        sum(posts) filter (where place_from_top <= 6) as top_six_posts,
        count(*) filter (where posts = 1) as single_post_members
    from ranked
    group by population, group_by, group_name
),

final as (
    select
        {{ stamp() }},
        population,
        group_by,
        group_name,
        people,
        posts::bigint as posts,
        round(2 * weighted / nullif(people * posts, 0) - (people + 1) / people::numeric, 6) as gini,
        median_posts::numeric as median_posts,
        top_tenth_people::bigint as top_tenth_people,
        {{ ratio('top_tenth_posts', 'posts') }} as top_tenth_share,
        {{ ratio('top_six_posts', 'posts') }} as top_six_share,
        single_post_members
    from summed
)

select * from final
