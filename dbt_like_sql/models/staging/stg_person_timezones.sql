with source as (
    select * from {{ source('people', 'person_timezone') }}
    where known_to = 'infinity'
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
