with measured as (
    select * from {{ source('build', 'tie_network') }}
),

windows as (
    select
        windows.window_name,
        '#' || split_part(campaign.hashtags, ', ', 1) as hashtag,
        (windows.starts_at at time zone campaign.zone)::date as first_day,
        (windows.ends_at at time zone campaign.zone)::date - 1 as last_day
    from {{ ref('int_windows') }} as windows
    cross join {{ ref('stg_campaign') }} as campaign
),

hidden as (
    select {{ hidden_platforms() }} as hidden_platforms
),

final as (
    select
        {{ stamp() }},
        measured.population,
        measured.window_name,
        measured.nodes,
        measured.dyads,
        measured.isolates,
        measured.reciprocity,
        measured.density,
        measured.components,
        measured.largest_share,
        case
            when measured.reason is null then format(
                'The graph represents a network of %s %s who posted with %s. There is a tie from one to another where the one '
                'replied to, commented on, quoted, mentioned or passed on the other at least once: %s ties from %s to %s, %s. '
                '%s of the %s have no tie. The graph''s density is %s; its largest connected component has %s of them. %s',
                measured.nodes,
                measured.population,
                windows.hashtag,
                measured.dyads,
                windows.first_day,
                windows.last_day,
                case
                    when measured.reciprocity is null then 'none returned'
                    else round(100 * measured.reciprocity, 1) || ' % of them returned'
                end,
                measured.isolates,
                measured.nodes,
                coalesce(round(measured.density, 4)::text, 'not defined'),
                round(measured.largest_share * measured.nodes),
                case
                    when cardinality(hidden.hidden_platforms) = 0 then 'Every platform shows who acted.'
                    else
                        'Who passes posts on or answers them is hidden, at least in part, on '
                        || array_to_string(hidden.hidden_platforms, ', ') || ': there may be more ties than are known.'
                end
            )
        end as caption,
        hidden.hidden_platforms,
        measured.reason
    from measured
    inner join windows on measured.window_name = windows.window_name
    cross join hidden
)

select * from final
