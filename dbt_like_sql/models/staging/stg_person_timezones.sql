with source as (
    select * from {{ source('people', 'person_timezone') }}
    where known_from <= {{ as_of() }} and known_to > {{ as_of() }}
),

renamed as (
    select
        person_id,
        tz,
        source,
        valid_from,
        valid_to
    from source
)

select * from renamed
