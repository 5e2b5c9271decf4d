with source as (
    select * from {{ source('core', 'campaign') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        ---------- ids
        campaign,
        title as campaign_title,
        array_to_string(hashtags, ', ') as hashtags,
        ---------- dates
        starts_on,
        ends_on,
        ends_on - starts_on + 1 as days,
        grace_days,
        zone,
        ---------- accounts
        organisers
    from source
)

select * from renamed
