with source as (
    select * from {{ source('people', 'person_country') }}
    where known_from <= {{ as_of() }} and known_to > {{ as_of() }}
),

renamed as (
    select
        person_id,
        kind,
        label,
        iso3,
        valid_from,
        valid_to
    from source
)

select * from renamed
