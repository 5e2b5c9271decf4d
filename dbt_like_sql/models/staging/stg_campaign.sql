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
        array_to_string(judged_by, ', ') as judged_by,
        is_judged,
        ---------- dates
        starts_on,
        ends_on,
        ends_on - starts_on + 1 as days,
        grace_days,
        zone,
        (starts_on::timestamp - interval '14 hours') at time zone 'UTC' as opens_at,
        (ends_on + grace_days + 1)::timestamp at time zone 'UTC' + interval '12 hours' as closes_at,
        ---------- accounts
        organisers,
        on_behalf_phrases,
        platforms,
        ---------- what marks spam
        spam,
        ---------- what may be shown
        small_group
    from source
)

select * from renamed
