with recursive items as (
    select * from {{ ref('int_items__countable') }}
),

pairs as (
    select place, next_place from {{ ref('int_items__paired') }}
    union all
    select next_place as place, place as next_place from {{ ref('int_items__paired') }}
),

reached as (
    select place, place as first_place from pairs
    union
    select pairs.next_place as place, reached.first_place
    from reached
    inner join pairs on reached.place = pairs.place
    where pairs.next_place > reached.first_place
),

firsts as (
    select place, min(first_place) as first_place from reached group by place
),

joined as (
    select
        items.platform,
        items.post_id,
        canonical.platform || ':' || canonical.post_id as cluster_id,
        items.place = canonical.place as is_canonical,
        row_number() over (partition by canonical.place, items.platform order by items.place) as copy_on_platform,
        count(*) over (partition by canonical.place) as copies
    from items
    left join firsts on items.place = firsts.place
    inner join items as canonical on coalesce(firsts.first_place, items.place) = canonical.place
),

clustered as (
    select
        platform,
        post_id,
        cluster_id,
        is_canonical,
        copies,
        case
            when is_canonical then null
            when copy_on_platform > 1 then 'duplicate_same_platform'
            else 'duplicate_crosspost'
        end as duplicate_reason
    from joined
)

select * from clustered
