{#- What may stand between a name and other words; spelt out because character classes depend on the database's locale. -#}
{%- set boundary -%}
[][[:space:]!-/:-@\\^_`{-~\u00a0-\u00bf\u2010-\u206f\u3000-\u303f\u060c\u061b\u061f]
{%- endset -%}

with items as (
    select * from {{ ref('stg_items') }}
),

organisers as (
    select * from {{ ref('int_accounts__organisers') }}
),

named as (
    select * from {{ ref('int_people__named') }}
),

phrases as (
    select distinct {{ name_key('phrase') }} as phrase
    from {{ ref('stg_campaign') }}
    cross join lateral unnest(on_behalf_phrases) as phrase
),

told as (
    select
        items.platform,
        items.post_id,
        named.person_id,
        coalesce(named.may_be_matched, false) as may_be_matched
    from items
    left join named on {{ name_key('items.on_behalf_of') }} = named.name
    where items.on_behalf_of is not null
),

written as (
    select items.platform, items.post_id, {{ name_key('items.text') }} as words
    from items
    inner join organisers on items.platform = organisers.platform and items.account_id = organisers.account_id
    where items.on_behalf_of is null
),

pieces as (
    select
        written.platform,
        written.post_id,
        phrases.phrase,
        piece.number,
        regexp_replace(piece.words, '^{{ boundary }}+', '') as words,
        lag(piece.words) over (
            partition by written.platform, written.post_id, phrases.phrase order by piece.number
        ) as before
    from written
    cross join phrases
    cross join lateral string_to_table(written.words, phrases.phrase) with ordinality as piece (words, number)
    where phrases.phrase <> '' and strpos(written.words, phrases.phrase) > 0
),

longest as (
    select distinct on (pieces.platform, pieces.post_id, pieces.phrase, pieces.number)
        pieces.platform,
        pieces.post_id,
        named.person_id,
        named.may_be_matched
    from pieces
    inner join named
        on starts_with(pieces.words, named.name)
        and (length(pieces.words) = length(named.name) or substr(pieces.words, length(named.name) + 1, 1) ~ '{{ boundary }}')
    where pieces.number > 1 and (pieces.before = '' or right(pieces.before, 1) ~ '{{ boundary }}')
    order by pieces.platform, pieces.post_id, pieces.phrase, pieces.number, length(named.name) desc
),

read as (
    select
        platform,
        post_id,
        case when count(distinct person_id) = 1 and bool_and(person_id is not null) then min(person_id) end as person_id,
        count(distinct person_id) = 1 and bool_and(may_be_matched) as may_be_matched
    from longest
    group by platform, post_id
)

select * from told
union all
select * from read
