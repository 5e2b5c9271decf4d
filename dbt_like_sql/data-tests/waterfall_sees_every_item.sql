with expected as (
    select
        (select count(*) from {{ ref('stg_items') }})
        + (select count(*) from {{ ref('stg_sieved') }})
        + (select count(*) from {{ ref('int_items__acts') }})
        + (
            select count(*)
            from (
                select platform, post_id, version_id from {{ ref('stg_item_versions') }} where platform = 'x'
                union
                select platform, post_id, version_id from {{ ref('stg_item_earlier') }}
            ) as versions
            inner join {{ ref('stg_items') }} as items using (platform, post_id)
            where versions.version_id is distinct from items.version_id and versions.version_id is not null
        ) as items
),

differing as (
    select expected.items, waterfall.items as seen
    from expected
    cross join {{ ref('metric_waterfall') }} as waterfall
    where waterfall.step = 'seen' and waterfall.items <> expected.items
)

select * from differing
