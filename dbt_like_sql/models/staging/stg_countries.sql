with source as (
    select * from {{ source('people', 'country_ref') }}
),

renamed as (
    select
        iso3,
        name_en as name,
        m49_subregion as region
    from source
)

select * from renamed
