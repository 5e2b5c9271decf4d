with lists as (
    select
        items.platform,
        items.post_id,
        coalesce(bool_or(not sources.is_by_people and not sources.is_archive), false) as is_collected,
        coalesce(bool_or(sources.is_by_people), false) as is_by_people
    from {{ ref('int_items__countable') }} as items
    left join {{ ref('stg_item_sources') }} as sources using (platform, post_id)
    group by items.platform, items.post_id
),

counted as (
    select
        platform,
        count(*) filter (where is_collected) as collected,
        count(*) filter (where is_by_people) as by_people,
        count(*) filter (where is_collected and is_by_people) as on_both
    from lists
    group by platform
),

judged as (
    select
        *,
        collected + by_people - on_both as found,
        case
            when collected = 0 then 'no program read it'
            when by_people = 0 then 'nobody made a list by hand'
        end as reason
    from counted
),

estimated as (
    select
        *,
        (collected + 1)::numeric * (by_people + 1) / (on_both + 1) - 1 as estimate,
        sqrt(
            (collected + 1)::numeric * (by_people + 1) * (collected - on_both) * (by_people - on_both)
            / ((on_both + 1)::numeric ^ 2 * (on_both + 2))
        ) as deviation
    from judged
),

final as (
    select
        {{ stamp() }},
        platform,
        collected,
        by_people,
        on_both,
        case when reason is null then round(estimate, 6) end as estimate,
        case when reason is null then round(greatest(found, estimate - 1.959964 * deviation), 6) end as ci_low,
        case when reason is null then round(estimate + 1.959964 * deviation, 6) end as ci_high,
        case when reason is null then {{ ratio('found', 'estimate') }} end as found_share,
        reason
    from estimated
)

select * from final
