{# A name or person id as people type it: without case, width and spacing. #}
{% macro name_key(column) -%}
    lower(btrim(regexp_replace(normalize({{ column }}, nfkc), '\s+', ' ', 'g')))
{%- endmacro %}

{# The words of a post that two copies of it share: without addresses, hashtags, mentions, punctuation and emoji.
   The ranges are spelt out because character classes depend on the database's locale. #}
{% macro comparable_words(column) -%}
    btrim(regexp_replace(
        regexp_replace(
            lower(normalize({{ column }}, nfkc)),
            'https?://[^[:space:]]+|www\.[^[:space:]]+|[#@][^[:space:]#@]+|[\ufe00-\ufe0f\u200b-\u200f\u2060\ufeff]',
            '', 'g'
        ),
        '[][[:space:]!-/:-@\\^_`{-~\u00a0-\u00bf\u060c\u061b\u061f\u06d4\u0964\u0965\u2010-\u206f\u20d0-\u20ff\u2190-\u2bff\u3000-\u303f\U0001f000-\U0001faff\U000e0020-\U000e007f]+',
        ' ', 'g'
    ))
{%- endmacro %}

{# Whether a text was cut to fit: it ends in an ellipsis, but for the addresses, hashtags and mentions after it. #}
{% macro ends_in_ellipsis(column) -%}
    coalesce({{ column }} ~ '(\u2026|\.\.\.)[])]?([[:space:]]+(https?://|www\.|[#@])[^[:space:]]+)*[[:space:]]*$', false)
{%- endmacro %}
