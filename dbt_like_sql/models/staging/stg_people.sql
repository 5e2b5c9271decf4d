with source as (
    select * from {{ source('people', 'person') }}
),

renamed as (
    select
        person_id,
        display_name,
        name_aliases
    from source
)

select * from renamed
