{# A name or person id as people type it: without case, width and spacing. #}
{% macro name_key(column) -%}
    lower(btrim(regexp_replace(normalize({{ column }}, nfkc), '\s+', ' ', 'g')))
{%- endmacro %}

{# The words of a post that two copies of it share: without addresses, hashtags, mentions, punctuation and
   emoji variation. The ranges are spelt out because character classes depend on the database's locale. #}
{% macro comparable_words(column) -%}
    btrim(regexp_replace(
        regexp_replace(
            lower(normalize({{ column }}, nfkc)),
            'https?://[^[:space:]]+|www\.[^[:space:]]+|[#@][^[:space:]#@]+|[\ufe00-\ufe0f\u200b-\u200f\u2060\ufeff]',
            '', 'g'
        ),
        '[][[:space:]!-/:-@\\^_`{-~\u00a0-\u00bf\u2010-\u206f\u3000-\u303f\u060c\u061b\u061f]+', ' ', 'g'
    ))
{%- endmacro %}
