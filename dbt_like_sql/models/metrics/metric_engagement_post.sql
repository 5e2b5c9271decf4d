{%- set counts = engagement_counts() + ['views'] -%}

with items as (
    select items.*, clustered.is_canonical
    from {{ ref('fct_items') }} as items
    inner join {{ ref('int_items__clustered') }} as clustered using (platform, post_id)
    where items.cluster_id is not null
),

definition as (
    select * from {{ ref('int_engagement__definitions') }} where is_default
),

measured as (
    select
        counts.*,
        {{ engagements('counts', 'definition', 'shown') }} as engagements,
        {{ engagements('counts', 'definition', 'shown', '_7d') }} as engagements_7d
    from {{ ref('int_items__counts') }} as counts
    cross join definition
    left join {{ ref('platform_counts') }} as shown on counts.platform = shown.platform
),

final as (
    select
        {{ stamp() }},
        items.platform,
        items.post_id,
        items.cluster_id,
        items.is_canonical,
        items.created_at,
        measured.observed_at,
        {% for count in counts -%}
        measured.{{ count }},
        {% endfor -%}
        measured.engagements,
        measured.observed_at_7d,
        {% for count in counts -%}
        measured.{{ count }}_7d,
        {% endfor -%}
        measured.engagements_7d,
        sum(measured.engagements) over (partition by items.cluster_id) as cluster_engagements,
        (count(measured.engagements) over (partition by items.cluster_id))::integer as cluster_known,
        (count(*) over (partition by items.cluster_id))::integer as cluster_items
    from items
    inner join measured using (platform, post_id)
)

select * from final
