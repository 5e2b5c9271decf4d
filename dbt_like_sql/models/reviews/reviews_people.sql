{{ config(materialized='ephemeral') }}

with members as (
    select
        person_id,
        count(*)::int as records
    from {{ ref('fct_posts') }}
    group by person_id
),

zoneless as (
    select distinct posts.person_id
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('int_items__localised') }} as localised
        on posts.platform = localised.platform and posts.post_id = localised.post_id
    inner join {{ ref('int_people__placed') }} as placed on posts.person_id = placed.person_id
    where localised.tz_source = 'campaign'
        and coalesce(placed.residence_iso3, placed.country_iso3) is not null
),

latest as (
    select distinct on (person_id, source)
        person_id,
        state
    from {{ ref('stg_consents') }}
    where purpose = 'named_in_report' and changed_at <= {{ as_of() }}
    order by person_id, source, changed_at desc
),

named as (
    select person_id
    from latest
    group by person_id
    having bool_or(state = 'granted') and not bool_or(state in ('refused', 'withdrawn'))
),

final as (
    select
        'tz_ambiguous' as queue,
        person_id,
        records
    from members
    inner join zoneless using (person_id)
    union all
    select
        'consent_missing_for_named_use',
        person_id,
        records
    from members
    left join named using (person_id)
    where named.person_id is null
)

select * from final
