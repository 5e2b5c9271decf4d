{{ config(materialized='ephemeral') }}

with recycled as (
    select
        platform,
        account_id,
        string_agg('person ' || person_id || ': ' || why, '; ' order by person_id collate "C") as suggestion
    from {{ ref('stg_account_candidates') }}
    where rule = 'recycled_handle'
    group by platform, account_id
),

waiting as (
    select platform, account_id from {{ ref('reviews_authors') }} where account_id is not null
),

final as (
    select
        recycled.platform,
        recycled.account_id,
        recycled.suggestion,
        count(*)::int as records
    from recycled
    inner join {{ ref('stg_items') }} as items
        on recycled.platform = items.platform and recycled.account_id = items.account_id
    left join waiting on recycled.platform = waiting.platform and recycled.account_id = waiting.account_id
    where waiting.account_id is null
    group by recycled.platform, recycled.account_id, recycled.suggestion
)

select * from final
