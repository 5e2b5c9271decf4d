-- Two items of one person that share a text or a picture, next to each other in time: enough to find all of a cluster.
with items as (
    select * from {{ ref('int_items__countable') }}
),

keyed as (
    select place, person_id, created_at, named_days, 'text ' || text_hash as key from items where text_hash is not null
    union
    select place, person_id, created_at, named_days, 'media ' || hash as key
    from items
    cross join lateral unnest(media_hashes) as hash
),

gaps as (
    select
        *,
        created_at - lag(created_at) over (partition by person_id, key order by place)
        <= interval '{{ var("same_post_within") }}' as is_near
    from keyed
),

islands as (
    select
        *, count(*) filter (where is_near is not true) over (partition by person_id, key order by place) as island
    from gaps
),

numbered as (
    select
        *,
        -- an item that names no day goes with the day named before it in its island, else with the first one
        greatest(1, count(named_days) over (partition by person_id, key, island order by place)) as day_group
    from islands
),

agreed as (
    select *, max(named_days) over (partition by person_id, key, island, day_group) as agreed_days
    from numbered
),

neighbours as (
    select
        place,
        lead(place) over same_post as next_place,
        lead(created_at) over same_post - created_at as gap
    from agreed
    window same_post as (partition by person_id, key, agreed_days order by place)
),

paired as (
    select distinct place, next_place
    from neighbours
    where gap <= interval '{{ var("same_post_within") }}'
)

select * from paired
