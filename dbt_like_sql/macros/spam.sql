{# The words of a text one after the other, without case, width and punctuation, with a space before and after each. #}
{% macro plain_words(column) -%}
    concat(' ', btrim(regexp_replace(
        regexp_replace(lower(normalize({{ column }}, nfkc)), '[\ufe00-\ufe0f\u200b-\u200f\u2060\ufeff]', '', 'g'),
        '[][[:space:]!-/:-@\\^_`{-~\u00a0-\u00bf\u060c\u061b\u061f\u06d4\u0964\u0965\u2010-\u206f\u3000-\u303f]+', ' ', 'g'
    )), ' ')
{%- endmacro %}

{# A pattern for a domain and its subdomains: not for another one that only begins or ends with it. #}
{% macro domain_pattern(column) -%}
    concat('(^|[^a-z0-9-])', replace({{ column }}, '.', '\.'), '($|[^a-z0-9.-]|\.($|[^a-z0-9]))')
{%- endmacro %}

{# Whether a phrase is written in a script that puts no space between words. #}
{% macro has_no_spaces(column) -%}
    {{ column }} ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
{%- endmacro %}
