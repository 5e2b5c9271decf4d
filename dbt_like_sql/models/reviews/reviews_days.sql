{{ config(materialized='ephemeral') }}

select
    platform,
    post_id,
    'day ' || prompt_day || ': theme and date agree on it, the text names another' as suggestion
from {{ ref('fct_posts') }}
where day_method = 'explicit_conflict'
