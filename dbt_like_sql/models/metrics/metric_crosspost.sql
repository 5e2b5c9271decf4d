with parts as (
    select * from {{ ref('int_posts__platforms') }} where platforms_of_post > 1
),

pairs as (
    select
        one.platform as platform_a,
        other.platform as platform_b,
        one.cluster_id,
        one.person_id,
        one.items_of_post
    from parts as one
    inner join parts as other
        on one.cluster_id = other.cluster_id and one.platform collate "C" < other.platform collate "C"
    union all
    select distinct 'all' as platform_a, 'all' as platform_b, cluster_id, person_id, items_of_post from parts
),

members as (
    select count(distinct person_id) as members from {{ ref('fct_posts') }}
),

counted as (
    select
        platform_a,
        platform_b,
        count(*) as clusters,
        round(avg(items_of_post), 6) as mean_items,
        count(distinct person_id) as members
    from pairs
    group by platform_a, platform_b
),

final as (
    select
        {{ stamp() }},
        counted.platform_a,
        counted.platform_b,
        counted.clusters,
        counted.mean_items,
        counted.members,
        {{ ratio('counted.members', 'members.members') }} as share_of_members
    from counted
    cross join members
)

select * from final
