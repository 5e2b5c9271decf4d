with source as (
    select * from {{ source('core', 'survey_question') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        survey,
        place,
        question,
        kind,
        scale
    from source
)

select * from renamed
