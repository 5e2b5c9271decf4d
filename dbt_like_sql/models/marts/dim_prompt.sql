with campaign as (
    select * from {{ ref('stg_campaign') }}
),

prompts as (
    select * from {{ ref('stg_prompts') }}
),

final as (
    select
        {{ stamp() }},
        day as prompt_day,
        prompts.label
    from campaign
    cross join lateral generate_series(1, campaign.days) as day
    left join prompts on day = prompts.prompt_day
)

select * from final
