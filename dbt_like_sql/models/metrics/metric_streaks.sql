with streaks as (
    select * from {{ ref('int_members__streaks') }}
),

final as (
    select
        {{ stamp() }},
        person_id,
        longest_prompt_streak,
        current_prompt_streak,
        longest_posting_streak,
        current_posting_streak
    from streaks
)

select * from final
