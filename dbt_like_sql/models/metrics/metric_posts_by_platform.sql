with posts as (
    select platform, count(*) as posts, count(distinct person_id) as members
    from {{ ref('fct_posts') }}
    group by platform
),

items as (
    select platform, count(*) as items from {{ ref('fct_items') }} where cluster_id is not null group by platform
),

final as (
    select
        {{ stamp() }},
        items.platform,
        coalesce(posts.posts, 0) as posts,
        items.items,
        coalesce(posts.members, 0) as members,
        {{ ratio('coalesce(posts.posts, 0)', 'sum(posts.posts) over ()') }} as share
    from items
    left join posts on items.platform = posts.platform
)

select * from final
