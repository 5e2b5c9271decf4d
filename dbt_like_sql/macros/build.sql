{# Everything lands in the one build schema, whatever folder it is in. #}
{% macro generate_schema_name(custom_schema_name, node) %}{{ target.schema }}{% endmacro %}

{# The campaign of this build, as an SQL literal. #}
{% macro this_campaign() %}{{ dbt.string_literal(dbt.escape_single_quotes(var('campaign'))) }}{% endmacro %}

{# The columns that every published table begins with. #}
{% macro stamp() -%}
    cast({{ this_campaign() }} as text) as campaign,
        cast('{{ var("as_of") }}' as timestamptz) as as_of,
        cast('{{ var("run_id") }}' as uuid) as run_id,
        cast('{{ var("definition_version") }}' as text) as definition_version
{%- endmacro %}
