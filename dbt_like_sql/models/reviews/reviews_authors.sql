{{ config(materialized='ephemeral') }}

with waiting as (
    select
        items.platform,
        items.post_id,
        items.account_id,
        items.on_behalf_of
    from {{ ref('stg_items') }} as items
    inner join {{ ref('int_items__classified') }} as classified
        on items.platform = classified.platform and items.post_id = classified.post_id
    where classified.exclusion_reason = 'author_unresolved'
),

candidates as (
    select
        platform,
        account_id,
        string_agg('person ' || person_id || ': ' || why, '; ' order by score desc, person_id collate "C") as suggestion
    from {{ ref('stg_account_candidates') }}
    where rule <> 'recycled_handle'
    group by platform, account_id
),

queued as (
    select
        waiting.platform,
        candidates.suggestion,
        case
            when waiting.on_behalf_of is not null or waiting.account_id is null then waiting.post_id
        end as post_id,
        case when waiting.on_behalf_of is null then waiting.account_id end as account_id,
        case
            when waiting.on_behalf_of is not null then 'author_unresolved'
            when waiting.account_id is null and waiting.platform = 'instagram' then 'ig_authorless'
            when candidates.suggestion is not null then 'author_candidate'
            else 'author_unresolved'
        end as queue
    from waiting
    left join candidates
        on waiting.on_behalf_of is null
        and waiting.platform = candidates.platform
        and waiting.account_id = candidates.account_id
),

final as (
    select
        queue,
        platform,
        post_id,
        account_id,
        suggestion,
        count(*)::int as records
    from queued
    group by queue, platform, post_id, account_id, suggestion
)

select * from final
