with campaign as (
    select * from {{ ref('stg_campaign') }}
),

countries as (
    select * from {{ ref('stg_person_countries') }}
),

latest as (
    select distinct on (countries.person_id, countries.kind)
        countries.person_id,
        countries.kind,
        countries.label,
        countries.iso3
    from countries
    cross join campaign
    where countries.valid_from <= campaign.ends_on + campaign.grace_days
        and countries.valid_to > campaign.starts_on
    order by countries.person_id, countries.kind, countries.valid_from desc, countries.iso3, countries.label collate "C"
),

placed as (
    select
        person_id,
        max(iso3) filter (where kind = 'programme') as country_iso3,
        max(label) filter (where kind = 'programme') as country_label,
        max(iso3) filter (where kind = 'residence') as residence_iso3
    from latest
    group by person_id
)

select * from placed
