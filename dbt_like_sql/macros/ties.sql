{#
    The platforms, of rows of int_acts__hidden, on which who acted is hidden: who passed a post on, or who answered one,
    by whatever name answers go there. That a platform knows no other act hides nobody.
#}
{% macro hidden_platforms() -%}
    coalesce(
        (
            select array_agg(platform order by platform)
            from (
                select platform from {{ ref('int_acts__hidden') }}
                group by platform
                having bool_or(act = 'repost') or count(*) filter (where act in ('reply', 'comment')) = 2
            ) as hidden
        ),
        '{}'::text[]
    )
{%- endmacro %}

{# What makes rows of int_windows hard to compare, each with its window. NULL if nothing does. #}
{% macro windows_note() -%}
    string_agg(window_name || ': ' || note, '; ' order by starts_at)
{%- endmacro %}
