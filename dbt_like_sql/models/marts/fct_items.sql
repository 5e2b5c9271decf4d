with items as (
    select
        items.platform,
        items.post_id,
        items.version_id,
        items.url,
        items.audience,
        attributed.person_id,
        attributed.match_rule,
        member.role,
        member.cohort_year,
        member.country_iso3,
        localised.author_tz,
        localised.tz_source,
        items.created_at,
        localised.local_date,
        dated.prompt_day,
        dated.day_method,
        dated.lag_days,
        coalesce(classified.exclusion_reason, clustered.duplicate_reason) as exclusion_reason,
        clustered.cluster_id
    from {{ ref('stg_items') }} as items
    inner join {{ ref('int_items__attributed') }} as attributed using (platform, post_id)
    inner join {{ ref('int_items__localised') }} as localised using (platform, post_id)
    inner join {{ ref('int_items__dated') }} as dated using (platform, post_id)
    inner join {{ ref('int_items__classified') }} as classified using (platform, post_id)
    left join {{ ref('int_items__clustered') }} as clustered using (platform, post_id)
    left join {{ ref('dim_member') }} as member on attributed.person_id = member.person_id
),

versions as (
    -- X gives an edited post a new id; the ids before it are items of their own that were replaced
    select platform, post_id, version_id
    from {{ ref('stg_item_versions') }}
    where platform = 'x' and version_id is not null
    union
    select platform, post_id, version_id
    from {{ ref('stg_item_earlier') }}
),

superseded as (
    select
        items.platform,
        items.post_id,
        versions.version_id,
        null::text as url,
        items.audience,
        items.person_id,
        items.match_rule,
        items.role,
        items.cohort_year,
        items.country_iso3,
        items.author_tz,
        items.tz_source,
        items.created_at,
        items.local_date,
        items.prompt_day,
        items.day_method,
        items.lag_days,
        case
            when items.exclusion_reason in ('not_public', 'deleted') then items.exclusion_reason
            else 'superseded_edit'
        end as exclusion_reason,
        null::text as cluster_id
    from items
    inner join versions using (platform, post_id)
    where versions.version_id is distinct from items.version_id
),

acts as (
    select
        platform,
        post_id,
        null::text as version_id,
        null::text as url,
        audience,
        null::text as person_id,
        null::text as match_rule,
        null::text as role,
        null::integer as cohort_year,
        null::text as country_iso3,
        null::text as author_tz,
        null::text as tz_source,
        created_at,
        null::date as local_date,
        null::integer as prompt_day,
        null::text as day_method,
        null::integer as lag_days,
        exclusion_reason,
        null::text as cluster_id
    from {{ ref('int_items__acts') }}
),

final as (
    select {{ stamp() }}, every_item.*
    from (select * from items union all select * from superseded union all select * from acts) as every_item
)

select * from final
