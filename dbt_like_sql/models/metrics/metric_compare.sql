{%- set measures = [
    'unique_posts', 'members', 'fellows', 'countries', 'countries_all_members', 'countries_by_residence', 'cohorts',
    'posts_per_member', 'posts_per_day', 'fill_rate',
] -%}

with headline as (
    select * from {{ ref('metric_headline') }}
),

frozen as (
    select * from {{ ref('stg_frozen_figures') }}
    where definition_version = {{ this_build('definition_version') }}
),

compared as (
    select
        frozen.publication_id as publication_then,
        frozen.campaign as campaign_then,
        frozen.label as label_then,
        frozen.as_of as as_of_then,
        measures.measure,
        measures.value_now,
        (frozen.figures ->> measures.measure)::numeric as value_then
    from frozen
    cross join headline
    cross join lateral (
        values
        {%- for measure in measures %}
        ('{{ measure }}', headline.{{ measure }}::numeric){{ ',' if not loop.last }}
        {%- endfor %}
    ) as measures (measure, value_now)
),

final as (
    select {{ stamp() }}, compared.*, value_now - value_then as difference from compared
)

select * from final
