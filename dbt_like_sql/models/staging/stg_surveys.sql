with source as (
    select * from {{ source('core', 'survey') }}
    where campaign = {{ this_campaign() }} and imported_at <= {{ as_of() }}
),

renamed as (
    select
        survey,
        invited,
        respondents
    from source
)

select * from renamed
