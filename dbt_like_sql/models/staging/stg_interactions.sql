with source as (
    select * from {{ source('core', 'interaction') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        ---------- ids
        platform,
        interaction_id,
        act,
        ---------- who and whom
        actor_account,
        lower(actor_handle) as actor_handle,
        starts_with(actor_account, 'hand:') as is_by_hand,
        target_account,
        lower(target_handle) as target_handle,
        target_post,
        ---------- timestamps
        acted_at,
        first_observed_at,
        observed_at
    from source
)

select * from renamed
