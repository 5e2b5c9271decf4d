with source as (
    select items.*, gone.loss
    from {{ source('core', 'item') }} as items
    left join {{ source('core', 'item_gone') }} as gone using (campaign, platform, post_id)
    where items.campaign = {{ this_campaign() }}
),

renamed as (
    select
        ---------- ids
        platform,
        post_id,
        version_id,
        account_id,
        content_hash,
        ---------- content
        kind,
        url,
        concat_ws(' ', title, text) as text,
        coalesce(nullif(btrim(text), ''), title) as body,
        md5(concat(title, text)) as evidence,
        tagged as is_tagged,
        cardinality(media_types) > 0 or cardinality(media_hashes) > 0 as has_media,
        links,
        media_hashes,
        audience,
        flags,
        loss,
        ---------- other posts and people
        reply_to_id,
        reply_to_account,
        quote_of_id,
        repost_of_id,
        mentions,
        nullif(btrim(on_behalf_of), '') as on_behalf_of,
        ---------- timestamps
        created_at,
        version_at,
        first_seen_at,
        deleted_at
    from source
)

select * from renamed
