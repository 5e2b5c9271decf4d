with source as (
    select * from {{ source('pg_catalog', 'pg_timezone_names') }}
),

renamed as (
    select
        name as zone
    from source
)

select * from renamed
