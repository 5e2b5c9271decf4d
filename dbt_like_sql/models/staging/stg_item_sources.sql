with source as (
    select campaign, platform, post_id, source, source_rank from {{ source('core', 'item') }}
    union all
    select campaign, platform, post_id, source, source_rank from {{ source('core', 'item_copy') }}
),

renamed as (
    select
        platform,
        post_id,
        source,
        max(source_rank) as source_rank,
        source = 'hand' or source ~ '^(hand|zeeschuimer|4cat):' as is_by_people,
        source ~ '^(x-archive|meta|twarc):' as is_archive
    from source
    where campaign = {{ this_campaign() }} and source <> ''
    group by platform, post_id, source
)

select * from renamed
