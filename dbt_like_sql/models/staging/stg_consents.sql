with source as (
    select * from {{ source('people', 'consent') }}
),

renamed as (
    select
        person_id,
        purpose,
        state,
        changed_at
    from source
)

select * from renamed
