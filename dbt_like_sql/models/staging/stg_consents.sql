with source as (
    select * from {{ source('people', 'consent') }}
),

renamed as (
    select
        person_id,
        purpose,
        state,
        source,
        changed_at
    from source
)

select * from renamed
