with fellows as (
    select person_id, coalesce(country_iso3, 'Unknown') as country_iso3
    from {{ ref('dim_member') }}
    where role = 'fellow'
),

countries as (
    select * from {{ ref('stg_countries') }}
),

names as (
    select
        country_iso3,
        string_agg(distinct country_label collate "C", ' / ' order by country_label collate "C") as country_label
    from {{ ref('dim_member') }}
    group by country_iso3
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
    select grouped.*, coalesce(names.country_label, 'Unknown') as country_label, countries.region
    from grouped
    left join names on grouped.country_iso3 = names.country_iso3
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
