with source as (
    select * from {{ source('people', 'person_role') }}
    where known_to = 'infinity'
),

renamed as (
    select
        person_id,
        role,
        cohort_year,
        valid_from,
        valid_to
    from source
)

select * from renamed
