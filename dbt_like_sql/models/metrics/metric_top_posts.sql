with latest_consents as (
    select distinct on (person_id, source) person_id, state
    from {{ ref('stg_consents') }}
    where purpose = 'quote_text' and changed_at <= {{ as_of() }}
    order by person_id, source, changed_at desc
),

quotable as (
    select person_id
    from latest_consents
    group by person_id
    having bool_or(state = 'granted') and not bool_or(state in ('refused', 'withdrawn'))
),

posts as (
    select engagement.*, items.person_id, items.url
    from {{ ref('metric_engagement_post') }} as engagement
    inner join {{ ref('fct_items') }} as items
        on engagement.platform = items.platform
        and engagement.post_id = items.post_id
        and engagement.cluster_id = items.cluster_id
    where items.audience = 'public' and items.person_id in (select person_id from quotable)
),

ranked as (
    select
        measures.measure,
        measures.value,
        posts.*,
        row_number() over (
            partition by measures.measure, posts.platform
            order by measures.value desc, posts.created_at, posts.post_id collate "C"
        )::integer as rank
    from posts
    cross join lateral (
        values
        ('engagements', posts.engagements_7d)
        {%- for count in engagement_counts() + ['views'] %}
        , ('{{ count }}', posts.{{ count }}_7d)
        {%- endfor %}
    ) as measures (measure, value)
    where measures.value > 0
),

final as (
    select
        {{ stamp() }},
        measure,
        platform,
        rank,
        value,
        observed_at_7d,
        post_id,
        cluster_id,
        person_id,
        url
    from ranked
    where rank <= 10
)

select * from final
