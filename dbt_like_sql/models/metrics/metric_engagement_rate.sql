with definitions as (
    select * from {{ ref('int_engagement__definitions') }}
),

counts as (
    select * from {{ ref('int_items__counts') }}
),

platforms as (
    select platform, count(*) as n_total from counts group by platform
),

measured as (
    select
        definitions.definition,
        counts.platform,
        {{ engagements('counts', 'definitions', 'shown') }} as engagements,
        {% for count in engagement_counts() -%}
        definitions.{{ count }} and counts.{{ count }} is null as lacks_{{ count }}{{ ',' if not loop.last }}
        {% endfor -%}
    from counts
    inner join definitions
        on definitions.is_computable and coalesce(definitions.platform, counts.platform) = counts.platform
    left join {{ ref('platform_counts') }} as shown on counts.platform = shown.platform
),

summed as (
    select
        definition,
        platform,
        count(engagements) as n_known,
        sum(engagements) as engagements,
        avg(engagements) as mean,
        percentile_cont(array[0.25, 0.5, 0.75]) within group (order by engagements::double precision) as quartiles,
        nullif(concat_ws(
            ', '
            {%- for count in engagement_counts() %},
            case when bool_or(lacks_{{ count }}) filter (where engagements is not null) then '{{ count }}' end
            {%- endfor %}
        ), '') as left_out
    from measured
    group by definition, platform
),

judged as (
    select
        definitions.*,
        platforms.platform as on_platform,
        platforms.n_total,
        coalesce(summed.n_known, 0) as n_known,
        summed.engagements,
        summed.mean,
        summed.quartiles,
        summed.left_out,
        case
            when not definitions.is_computable then definitions.reason
            when summed.n_known = 0 then 'known of none of the posts'
            when summed.n_known < 0.8 * platforms.n_total then 'known of fewer than 80 % of the posts'
        end as why_not
    from platforms
    inner join definitions on coalesce(definitions.platform, platforms.platform) = platforms.platform
    left join summed on definitions.definition = summed.definition and platforms.platform = summed.platform
),

final as (
    select
        {{ stamp() }},
        definition,
        version,
        on_platform as platform,
        formula,
        source,
        is_default,
        denominator,
        n_total,
        n_known,
        engagements,
        case when why_not is null then round(mean, 6) end as mean,
        case when why_not is null then round(quartiles[1]::numeric, 6) end as q1,
        case when why_not is null then round(quartiles[2]::numeric, 6) end as median,
        case when why_not is null then round(quartiles[3]::numeric, 6) end as q3,
        -- every definition that can be computed is per post, so its value is the mean
        case when why_not is null then round(mean, 6) end as value,
        left_out,
        why_not as reason
    from judged
)

select * from final
