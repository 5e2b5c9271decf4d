{# The measures of a group in the outside edition, from what outside_groups gives; NULL makes NULL. #}
{% macro outside_group_measures() -%}
    posts,
        members,
        eligible,
        {{ ratio('members', 'eligible') }} as participation,
        case when not is_suppressed then {{ wilson('members', 'eligible', '-') }} end as ci_low,
        case when not is_suppressed then {{ wilson('members', 'eligible', '+') }} end as ci_high,
        {{ ratio('posts', 'members') }} as posts_per_member
{%- endmacro %}

{# The groups of one part with NULL in the place of what is hidden. The list of countries tells which regions have nobody. #}
{% macro outside_groups(part) -%}
    select
        group_label,
        is_suppressed,
        case when not is_suppressed then posts end as posts,
        case when not is_suppressed then members end as members,
        case when not is_suppressed then eligible end as eligible
    from {{ ref('int_outside__groups') }}
    where part = '{{ part }}'
        and group_label <> 'no fellow'
        and (part <> 'region' or members > 0 or not (select are_countries_shown from {{ ref('int_outside__totals') }}))
{%- endmacro %}
