{{ config(materialized='ephemeral') }}

with candidates as (
    select
        platform,
        account_id,
        bool_and(rule = 'recycled_handle') as is_recycled,
        string_agg('person ' || person_id || ': ' || why, '; ' order by score desc, person_id collate "C") as suggestion
    from {{ ref('stg_account_candidates') }}
    group by platform, account_id
),

waiting as (
    select
        items.platform,
        case when attributed.is_on_behalf or items.account_id is null then items.post_id end as post_id,
        case when not attributed.is_on_behalf then items.account_id end as account_id,
        attributed.is_on_behalf
    from {{ ref('stg_items') }} as items
    inner join {{ ref('int_items__classified') }} as classified
        on items.platform = classified.platform and items.post_id = classified.post_id
    inner join {{ ref('int_items__attributed') }} as attributed
        on items.platform = attributed.platform and items.post_id = attributed.post_id
    where classified.exclusion_reason = 'author_unresolved'
),

final as (
    select
        waiting.platform,
        waiting.post_id,
        waiting.account_id,
        case
            when waiting.platform = 'instagram' and waiting.account_id is null and not waiting.is_on_behalf then 'ig_authorless'
            when candidates.is_recycled then 'recycled_handle'
            when candidates.suggestion is not null then 'author_candidate'
            else 'author_unresolved'
        end as queue,
        candidates.suggestion,
        count(*)::int as records
    from waiting
    left join candidates on waiting.platform = candidates.platform and waiting.account_id = candidates.account_id
    group by
        waiting.platform, waiting.post_id, waiting.account_id, waiting.is_on_behalf,
        candidates.is_recycled, candidates.suggestion
)

select * from final
