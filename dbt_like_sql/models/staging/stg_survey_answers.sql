with source as (
    select * from {{ source('core', 'survey_answer') }}
    where campaign = {{ this_campaign() }}
),

renamed as (
    select
        survey,
        question,
        respondent,
        answer,
        point,
        points
    from source
)

select * from renamed
