{# The counts that a definition adds up, in a platform-independent order. #}
{% macro engagement_counts() %}{{ return(['likes', 'replies', 'reposts', 'quotes', 'bookmarks']) }}{% endmacro %}

{# What a definition counts of a post. Unknown, not 0, without one of the counts that its platform shows of every post,
   and where none is known. `definition` and `shown` are rows of the seeds engagement_definitions and platform_counts. #}
{% macro engagements(counts, definition, shown, suffix='') -%}
    case
        when {% for count in engagement_counts() %}{{ 'and ' if not loop.first }}({{ counts }}.{{ count }}{{ suffix }} is not null or not ({{ definition }}.{{ count }} and coalesce({{ shown }}.{{ count }}, true)))
            {% endfor %}and ({% for count in engagement_counts() %}{{ 'or ' if not loop.first }}({{ definition }}.{{ count }} and {{ counts }}.{{ count }}{{ suffix }} is not null)
            {% endfor %})
        then {% for count in engagement_counts() %}{{ '+ ' if not loop.first }}case when {{ definition }}.{{ count }} then coalesce({{ counts }}.{{ count }}{{ suffix }}, 0)::numeric else 0 end
            {% endfor %}
    end
{%- endmacro %}
