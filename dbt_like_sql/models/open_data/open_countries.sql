with fellows as (
    select person_id, country_iso3 from {{ ref('dim_member') }} where role = 'fellow'
),

posted as (
    select distinct person_id from {{ ref('fct_posts') }}
),

countries as (
    select * from {{ ref('stg_countries') }}
),

took_part as (
    select fellows.country_iso3
    from fellows
    cross join {{ ref('int_outside__totals') }} as totals
    left join posted on fellows.person_id = posted.person_id
    where totals.are_countries_shown and fellows.country_iso3 is not null
    group by fellows.country_iso3, totals.small_group
    -- that a country is named says that somebody of it took part
    having count(posted.person_id) > 0 and count(*) >= totals.small_group
),

final as (
    select
        {{ stamp() }},
        took_part.country_iso3,
        countries.name as country_label,
        countries.region
    from took_part
    left join countries on took_part.country_iso3 = countries.iso3
)

select * from final
