with headline as (
    select * from {{ ref('open_headline') }}
),

seen as (
    {{ outside_groups('platform') }}
),

final as (
    select
        {{ stamp() }},
        seen.group_label as platform,
        seen.posts,
        seen.members,
        {{ ratio('seen.posts', 'headline.unique_posts') }} as share_posts,
        seen.is_suppressed
    from seen
    cross join headline
)

select * from final
