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

final as (
    select
        recycled.platform,
        recycled.account_id,
        recycled.suggestion,
        count(*)::int as records
    from recycled
    inner join {{ ref('stg_items') }} as items
        on recycled.platform = items.platform and recycled.account_id = items.account_id
    group by recycled.platform, recycled.account_id, recycled.suggestion
)

select * from final
