with members as (
    select distinct person_id from {{ ref('int_items__countable') }}
),

reported as (
    select * from {{ ref('int_people__reported') }}
),

placed as (
    select * from {{ ref('int_people__placed') }}
),

countries as (
    select * from {{ ref('stg_countries') }}
)

select
    members.person_id,
    coalesce(reported.role = 'fellow', false) as is_fellow,
    reported.role,
    reported.cohort_year::text as cohort,
    countries.region,
    placed.country_iso3 as country
from members
left join reported on members.person_id = reported.person_id
left join placed on members.person_id = placed.person_id
left join countries on placed.country_iso3 = countries.iso3
