{# Everything lands in the one build schema, whatever folder it is in. #}
{% macro generate_schema_name(custom_schema_name, node) %}{{ target.schema }}{% endmacro %}

{# What this build is about: its one row, which warehouse/transform.py writes before dbt begins. #}
{% macro this_build(column) %}(select {{ column }} from {{ target.schema }}.this_build){% endmacro %}

{% macro this_campaign() %}{{ this_build('campaign') }}{% endmacro %}

{% macro as_of() %}{{ this_build('as_of') }}{% endmacro %}

{% macro run_id() %}{{ this_build('run_id') }}{% endmacro %}

{# The columns that every published table begins with. #}
{% macro stamp() -%}
    {{ this_campaign() }} as campaign,
        {{ as_of() }} as as_of,
        {{ run_id() }} as run_id,
        {{ this_build('definition_version') }} as definition_version
{%- endmacro %}
