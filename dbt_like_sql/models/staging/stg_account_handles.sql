with source as (
    select * from {{ source('core', 'account_handle') }}
),

renamed as (
    select
        platform,
        account_id,
        lower(handle) as handle,
        seen_from
    from source
)

select * from renamed
