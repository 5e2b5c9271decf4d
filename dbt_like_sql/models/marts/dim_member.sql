with reported as (
    select * from {{ ref('int_people__reported') }}
),

people as (
    select * from {{ ref('stg_people') }}
),

placed as (
    select * from {{ ref('int_people__placed') }}
),

countries as (
    select * from {{ ref('stg_countries') }}
),

final as (
    select
        {{ stamp() }},
        reported.person_id,
        people.display_name,
        reported.role,
        reported.cohort_year,
        placed.country_iso3,
        placed.country_label,
        countries.region,
        placed.residence_iso3
    from reported
    inner join people on reported.person_id = people.person_id
    left join placed on reported.person_id = placed.person_id
    left join countries on placed.country_iso3 = countries.iso3
)

select * from final
