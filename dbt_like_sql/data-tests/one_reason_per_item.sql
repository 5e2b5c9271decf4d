with times as (
    select items.platform, items.post_id, count(facts.post_id) as times
    from {{ ref('stg_items') }} as items
    left join {{ ref('fct_items') }} as facts
        on items.platform = facts.platform
        and items.post_id = facts.post_id
        and items.version_id is not distinct from facts.version_id
    group by items.platform, items.post_id
),

acts as (
    select acts.platform, acts.post_id, count(facts.post_id) as times
    from {{ ref('int_items__acts') }} as acts
    left join {{ ref('fct_items') }} as facts using (platform, post_id)
    group by acts.platform, acts.post_id
),

wrong as (
    select platform, post_id from (select * from times union all select * from acts) as every_item where times <> 1
    union all
    select platform, post_id from {{ ref('fct_items') }} where exclusion_reason is null and prompt_day is null
)

select * from wrong
