with source as (
    select * from {{ source('people', 'person_handle') }}
    where known_from <= {{ as_of() }} and known_to > {{ as_of() }}
),

renamed as (
    select
        person_id,
        platform,
        handle,
        match_basis,
        valid_from,
        valid_to
    from source
)

select * from renamed
