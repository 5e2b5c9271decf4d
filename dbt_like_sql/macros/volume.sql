{# The rows of what is published of this campaign, as `before`; none where nothing was published yet. #}
{% macro published_headline() -%}
    {%- set published = adapter.get_relation(target.database, 'metrics', 'metric_headline') -%}
    {%- if published -%}
    (select unique_posts, as_of from {{ published }} where campaign = {{ this_campaign() }})
    {%- else -%}
    (select 0 as unique_posts, {{ as_of() }} as as_of where false)
    {%- endif -%}
{%- endmacro %}

{# Whether people took posts away since a moment: by a decision, by refusing, or because somebody was erased. #}
{% macro people_took_posts_away(since) -%}
    (
        exists (
            select from {{ source('people', 'review_decision') }}
            where campaign = {{ this_campaign() }} and known_from > {{ since }}
        )
        or exists (
            select from {{ source('people', 'consent') }}
            where state in ('refused', 'withdrawn') and changed_at > {{ since }}
        )
        or exists (select from {{ source('people', 'erasure') }} where erased_at > {{ since }})
    )
{%- endmacro %}
