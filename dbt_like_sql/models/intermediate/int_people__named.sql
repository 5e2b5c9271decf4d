with people as (
    select * from {{ ref('stg_people') }}
),

ids as (
    select {{ name_key('person_id') }} as name, person_id, 1 as precedence from people
),

names as (
    select {{ name_key('display_name') }} as name, person_id, 2 as precedence from people
    union
    select {{ name_key('alias') }} as name, people.person_id, 2 as precedence
    from people
    cross join lateral unnest(people.name_aliases) as alias
),

ranked as (
    select *, min(precedence) over (partition by name) as best
    from (select * from ids union all select * from names) as every_name
),

unambiguous as (
    select name, min(person_id) as person_id
    from ranked
    where precedence = best and name <> ''
    group by name
    having count(distinct person_id) = 1
),

latest_consents as (
    select distinct on (person_id, purpose, source) person_id, state
    from {{ ref('stg_consents') }}
    where purpose in ('collect', 'match') and changed_at <= cast('{{ var("as_of") }}' as timestamptz)
    order by person_id, purpose, source, changed_at desc
),

named as (
    select
        name,
        person_id,
        person_id not in (
            select person_id from latest_consents where state in ('refused', 'withdrawn')
        ) as may_be_matched
    from unambiguous
)

select * from named
