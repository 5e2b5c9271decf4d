with prompts as (
    select * from {{ ref('dim_prompt') }}
),

seen as (
    {{ outside_groups('prompt') }}
),

final as (
    select
        {{ stamp() }},
        prompts.prompt_day,
        prompts.label,
        seen.posts,
        seen.members,
        seen.is_suppressed
    from prompts
    inner join seen on prompts.prompt_day::text = seen.group_label
)

select * from final
