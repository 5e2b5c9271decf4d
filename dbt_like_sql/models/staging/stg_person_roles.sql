with source as (
    select * from {{ source('people', 'person_role') }}
    where known_from <= {{ as_of() }} and known_to > {{ as_of() }}
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
