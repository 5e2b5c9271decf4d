with items as (
    select * from {{ ref('fct_items') }} where cluster_id is not null
),

made as (
    -- what a bridge copied, nobody posted there
    select cluster_id, platform, count(*) as items
    from items
    where exclusion_reason is distinct from 'bridge_copy'
    group by cluster_id, platform
),

final as (
    select
        made.cluster_id,
        posts.person_id,
        made.platform,
        made.items,
        sum(made.items) over (partition by made.cluster_id) as items_of_post,
        count(*) over (partition by made.cluster_id) as platforms_of_post
    from made
    inner join {{ ref('fct_posts') }} as posts on made.cluster_id = posts.cluster_id
)

select * from final
