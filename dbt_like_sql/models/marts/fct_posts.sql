with items as (
    select * from {{ ref('fct_items') }} where exclusion_reason is null
),

clustered as (
    select * from {{ ref('int_items__clustered') }} where is_canonical
),

final as (
    select
        {{ stamp() }},
        items.cluster_id,
        items.platform,
        items.post_id,
        items.person_id,
        items.role,
        items.cohort_year,
        items.country_iso3,
        items.created_at,
        items.local_date,
        items.prompt_day,
        items.day_method,
        items.lag_days,
        clustered.copies::integer as copies
    from items
    inner join clustered on items.cluster_id = clustered.cluster_id
)

select * from final
