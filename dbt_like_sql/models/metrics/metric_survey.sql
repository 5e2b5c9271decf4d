with surveys as (
    select * from {{ ref('stg_surveys') }}
),

questions as (
    select * from {{ ref('stg_survey_questions') }}
),

answers as (
    select * from {{ ref('stg_survey_answers') }}
),

answered as (
    select
        survey,
        question,
        count(distinct respondent) as n,
        count(point) as points_given,
        count(*) filter (where point > points - 2) as top_two
    from answers
    group by survey, question
),

counted as (
    select survey, question, answer, max(point) as point, count(distinct respondent) as answers
    from answers
    group by survey, question, answer
),

final as (
    select
        {{ stamp() }},
        surveys.survey,
        questions.place,
        questions.question,
        questions.kind,
        questions.scale,
        counted.answer,
        counted.point,
        case when questions.kind <> 'words' then counted.answers end as answers,
        answered.n,
        case when questions.kind <> 'words' then {{ ratio('counted.answers', 'answered.n') }} end as share,
        case when questions.kind = 'scale' then {{ ratio('answered.top_two', 'answered.points_given') }} end as top2_share,
        surveys.respondents::bigint as respondents,
        surveys.invited::bigint as invited,
        {{ ratio('surveys.respondents', 'surveys.invited') }} as response_rate
    from surveys
    inner join questions on surveys.survey = questions.survey
    inner join answered on questions.survey = answered.survey and questions.question = answered.question
    inner join counted on questions.survey = counted.survey and questions.question = counted.question
)

select * from final
