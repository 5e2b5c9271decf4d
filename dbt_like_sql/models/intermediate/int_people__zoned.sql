{{ config(indexes=[{'columns': ['person_id']}]) }}

with zones as (
    select * from {{ ref('stg_zones') }}
),

countries as (
    select * from {{ ref('stg_person_countries') }}
),

single_zone as (
    select * from {{ ref('single_zone_countries') }}
),

own as (
    select
        person_id,
        tz,
        'person' as tz_source,
        case source when 'self' then 0 else 1 end as precedence,
        valid_from,
        valid_to
    from {{ ref('stg_person_timezones') }}
),

of_countries as (
    select
        countries.person_id,
        single_zone.zone as tz,
        countries.kind as tz_source,
        case countries.kind when 'residence' then 2 else 3 end as precedence,
        countries.valid_from,
        countries.valid_to
    from countries
    inner join single_zone on countries.iso3 = single_zone.iso3
),

known as (
    select every_zone.*
    from (select * from own union all select * from of_countries) as every_zone
    inner join zones on every_zone.tz = zones.zone
)

select * from known
