{# A bound of Wilson's 95 % interval of `part` of `whole`; sign is - for the lower and + for the upper one. #}
{% macro wilson(part, whole, sign) -%}
    {%- set z = 1.959964 -%}
    {%- set share = '(' ~ part ~ '::numeric / nullif(' ~ whole ~ ', 0))' -%}
    round(greatest(0, least(1, (
        {{ share }} + {{ z ** 2 / 2 }} / {{ whole }}
        {{ sign }} {{ z }} * sqrt({{ share }} * (1 - {{ share }}) / {{ whole }} + {{ z ** 2 / 4 }} / {{ whole }} / {{ whole }})
    ) / (1 + {{ z ** 2 }} / {{ whole }}))), 6)
{%- endmacro %}

{# part / whole; unknown, not 0, where there is no whole. #}
{% macro ratio(part, whole) -%}
    round(({{ part }})::numeric / nullif({{ whole }}, 0), 6)
{%- endmacro %}

{# The measures of metrics by group, from the columns posts, members and eligible. #}
{% macro group_measures() -%}
    posts,
        members,
        eligible,
        {{ ratio('members', 'eligible') }} as participation,
        {{ wilson('members', 'eligible', '-') }} as ci_low,
        {{ wilson('members', 'eligible', '+') }} as ci_high,
        {{ ratio('posts', 'members') }} as posts_per_member,
        {{ ratio('posts', 'sum(posts) over ()') }} as share_posts,
        {{ ratio('eligible', 'sum(eligible) over ()') }} as share_eligible,
        round(
            (posts / nullif(sum(posts) over (), 0)) / nullif(eligible / nullif(sum(eligible) over (), 0), 0), 6
        ) as representation_ratio
{%- endmacro %}

{# Whether a date was over everywhere on earth by as_of: the last place where it ends is 12 hours behind UTC. #}
{% macro is_over_everywhere(date) -%}
    ({{ date }} + 1)::timestamp at time zone 'UTC' + interval '12 hours' <= {{ as_of() }}
{%- endmacro %}

{# How many different ones there are among the rows that fit. Unknown, not 0, where some fit and none of them is known. #}
{% macro different(what, fitting) -%}
    case
            when count(*) filter (where {{ fitting }}) > 0 then nullif(count(distinct {{ what }}) filter (where {{ fitting }}), 0)
            else 0
        end
{%- endmacro %}
