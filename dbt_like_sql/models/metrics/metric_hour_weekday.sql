with posts as (
    select
        extract(isodow from posts.created_at at time zone localised.author_tz)::integer as weekday,
        extract(hour from posts.created_at at time zone localised.author_tz)::integer as hour,
        posts.person_id
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('int_items__localised') }} as localised using (platform, post_id)
    where posts.created_at is not null
),

counted as (
    select weekday, hour, count(*) as posts, count(distinct person_id) as members from posts group by weekday, hour
),

final as (
    select
        {{ stamp() }},
        weekday,
        hour,
        coalesce(counted.posts, 0) as posts,
        coalesce(counted.members, 0) as members
    from generate_series(1, 7) as weekday
    cross join generate_series(0, 23) as hour
    left join counted using (weekday, hour)
)

select * from final
