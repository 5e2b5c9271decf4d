with items as (
    select * from {{ ref('stg_items') }}
),

classified as (
    select * from {{ ref('int_items__classified') }} where exclusion_reason is null
),

attributed as (
    select * from {{ ref('int_items__attributed') }}
),

dated as (
    select * from {{ ref('int_items__dated') }}
),

countable as (
    select
        row_number() over (order by items.created_at, items.platform collate "C", items.post_id collate "C") as place,
        items.platform,
        items.post_id,
        attributed.person_id,
        items.created_at,
        -- unknown rather than empty, so that a copy without a day does not contradict one with a day
        nullif(dated.named_days, '{}') as named_days,
        {{ comparable_words('items.text') }} as words,
        items.media_hashes
    from items
    inner join classified on items.platform = classified.platform and items.post_id = classified.post_id
    inner join attributed on items.platform = attributed.platform and items.post_id = attributed.post_id
    inner join dated on items.platform = dated.platform and items.post_id = dated.post_id
),

hashed as (
    select
        place,
        platform,
        post_id,
        person_id,
        created_at,
        named_days,
        media_hashes,
        case when cardinality(string_to_array(words, ' ')) >= {{ var('same_post_tokens') }} then md5(words) end as text_hash
    from countable
)

select * from hashed
