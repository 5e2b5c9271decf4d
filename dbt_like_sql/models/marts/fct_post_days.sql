with posts as (
    select * from {{ ref('fct_posts') }}
),

dated as (
    select * from {{ ref('int_items__dated') }}
),

named as (
    select posts.cluster_id, day as prompt_day
    from posts
    inner join dated on posts.platform = dated.platform and posts.post_id = dated.post_id
    cross join lateral unnest(dated.named_days) as day
    where posts.day_method = 'explicit'
),

covered as (
    select cluster_id, prompt_day from posts
    union
    select cluster_id, prompt_day from named
),

final as (
    select
        {{ stamp() }},
        covered.cluster_id,
        covered.prompt_day,
        covered.prompt_day = posts.prompt_day as is_primary
    from covered
    inner join posts on covered.cluster_id = posts.cluster_id
)

select * from final
