with source as (
    select * from {{ source('people', 'person') }}
    where created_at <= {{ as_of() }}
),

renamed as (
    select
        person_id,
        display_name,
        name_native,
        name_aliases
    from source
)

select * from renamed
