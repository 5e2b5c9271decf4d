with fellows as (
    select person_id, coalesce(country_iso3, 'Unknown') as country_iso3
    from {{ ref('dim_member') }}
    where role = 'fellow'
),

countries as (
    select * from {{ ref('stg_countries') }}
),

grouped as (
    select
        fellows.country_iso3,
        count(posts.cluster_id) as posts,
        count(distinct posts.person_id) as members,
        count(distinct fellows.person_id) as eligible
    from fellows
    left join {{ ref('fct_posts') }} as posts on fellows.person_id = posts.person_id
    group by fellows.country_iso3
),

named as (
    select grouped.*, coalesce(countries.name, 'Unknown') as country_label, countries.region
    from grouped
    left join countries on grouped.country_iso3 = countries.iso3
),

final as (
    select
        {{ stamp() }},
        country_iso3,
        country_label,
        region,
        {{ group_measures() }}
    from named
)

select * from final
