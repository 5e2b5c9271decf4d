with fellows as (
    select posts as all_posts, eligible as all_eligible from ({{ outside_groups('role') }}) as roles where group_label = 'fellow'
),

seen as (
    {{ outside_groups('region') }}
),

final as (
    select
        {{ stamp() }},
        seen.group_label as region,
        {{ outside_group_measures() }},
        {{ ratio('seen.posts', 'fellows.all_posts') }} as share_posts,
        {{ ratio('seen.eligible', 'fellows.all_eligible') }} as share_eligible,
        round(
            (seen.posts::numeric / nullif(fellows.all_posts, 0)) / nullif(seen.eligible::numeric / nullif(fellows.all_eligible, 0), 0), 6
        ) as representation_ratio,
        seen.is_suppressed
    from seen
    left join fellows on true
)

select * from final
