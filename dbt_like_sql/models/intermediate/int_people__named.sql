with people as (
    select * from {{ ref('stg_people') }}
),

matchable as (
    select * from {{ ref('int_people__matchable') }}
),

ids as (
    select {{ name_key('person_id') }} as name, person_id, 1 as precedence from people
),

names as (
    select {{ name_key('display_name') }} as name, person_id, 2 as precedence from people
    union
    select {{ name_key('alias') }} as name, people.person_id, 2 as precedence
    from people
    cross join lateral unnest(people.name_aliases || people.name_native) as alias
    where alias is not null
),

ranked as (
    select *, min(precedence) over (partition by name) as best
    from (select * from ids union all select * from names) as every_name
),

named as (
    select
        name,
        case when count(distinct person_id) = 1 then min(person_id) end as person_id
    from ranked
    where precedence = best and name <> ''
    group by name
)

select
    named.name,
    named.person_id,
    matchable.person_id is not null as may_be_matched
from named
left join matchable on named.person_id = matchable.person_id
