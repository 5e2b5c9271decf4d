with campaign as (
    select * from {{ ref('stg_campaign') }}
),

final as (
    select
        {{ stamp() }},
        campaign_title,
        hashtags,
        starts_on,
        ends_on,
        days,
        grace_days,
        zone
    from campaign
)

select * from final
