with items as (
    select * from {{ ref('stg_items') }}
),

attributed as (
    select * from {{ ref('int_items__attributed') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

zoned as (
    select
        items.platform,
        items.post_id,
        attributed.person_id,
        items.created_at,
        coalesce(own.tz, campaign.zone) as author_tz,
        coalesce(own.tz_source, 'campaign') as tz_source
    from items
    inner join attributed on items.platform = attributed.platform and items.post_id = attributed.post_id
    cross join campaign
    left join lateral (
        select zones.tz, zones.tz_source
        from {{ ref('int_people__zoned') }} as zones
        where zones.person_id = attributed.person_id
            and zones.valid_from <= (items.created_at at time zone 'UTC')::date
            and zones.valid_to > (items.created_at at time zone 'UTC')::date
        order by zones.precedence, zones.valid_from desc, zones.tz
        limit 1
    ) as own on true
),

localised as (
    select
        platform,
        post_id,
        person_id,
        author_tz,
        tz_source,
        (created_at at time zone author_tz)::date as local_date
    from zoned
)

select * from localised
