with source as (
    select * from {{ source('core', 'account') }}
),

renamed as (
    select
        platform,
        account_id,
        lower(handle) as handle
    from source
)

select * from renamed
