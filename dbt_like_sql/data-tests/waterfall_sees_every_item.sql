with expected as (
    select
        (select count(*) from {{ ref('stg_items') }})
        + (select count(*) from {{ ref('stg_sieved') }})
        + (
            select count(distinct (versions.post_id, versions.version_id))
            from {{ ref('stg_item_versions') }} as versions
            inner join {{ ref('stg_items') }} as items using (platform, post_id)
            where versions.platform = 'x' and versions.version_id <> items.version_id
        ) as items
),

differing as (
    select expected.items, waterfall.items as seen
    from expected
    cross join {{ ref('metric_waterfall') }} as waterfall
    where waterfall.step = 'seen' and waterfall.items <> expected.items
)

select * from differing
