{{ config(severity='warn') }}
{% set published = adapter.get_relation(target.database, 'metrics', 'metric_headline') %}

select headline.unique_posts
from {{ ref('metric_headline') }} as headline
where headline.unique_posts = 0
    and exists (select 1 from {{ ref('stg_items') }})
    {% if published %}
    and exists (
        select 1 from {{ published }} as before where before.campaign = headline.campaign and before.unique_posts > 0
    )
    {% else %}
    and false
    {% endif %}
