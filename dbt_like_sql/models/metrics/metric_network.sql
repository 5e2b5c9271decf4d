with measured as (
    select * from {{ source('build', 'tie_network') }}
),

windows as (
    select * from {{ ref('int_windows') }}
),

campaign as (
    select '#' || split_part(hashtags, ', ', 1) as hashtag from {{ ref('stg_campaign') }}
),

hidden as (
    select {{ hidden_platforms() }} as hidden_platforms
),

unlike as (
    select {{ windows_note() }} as note from {{ ref('int_windows') }}
),

described as (
    select
        measured.*,
        windows.note,
        hidden.hidden_platforms,
        format('%s who posted with %s', measured.population, campaign.hashtag) as who,
        format('from %s to %s', windows.first_day, windows.open_to)
        || case when windows.open_days > windows.days then ' (days of grace included)' else '' end as period,
        case
            when cardinality(hidden.hidden_platforms) = 0 then 'Every platform shows who acted.'
            else
                'Who passes posts on or answers them is hidden, at least in part, on '
                || array_to_string(hidden.hidden_platforms, ', ') || ': there may be more ties than are known.'
        end
        || coalesce(' Not all windows are known alike: ' || unlike.note || '.', '') as what_is_not_known
    from measured
    inner join windows on measured.window_name = windows.window_name
    cross join campaign
    cross join hidden
    cross join unlike
),

final as (
    select
        {{ stamp() }},
        population,
        window_name,
        nodes,
        dyads,
        isolates,
        reciprocity,
        density,
        components,
        largest_share,
        case
            when reason is not null then null
            when nodes = 0 then format('There is no network: there are no %s.', who)
            when dyads = 0 then format('%s %s, and no tie between them %s. %s', nodes, who, period, what_is_not_known)
            else format(
                'The graph represents a network of %s %s. There is a tie from one to another where the one '
                'replied to, commented on, quoted, mentioned or passed on the other at least once: %s ties %s, %s %% of them '
                'returned. %s of the %s have no tie. The graph''s density is %s; its largest connected component has %s of '
                'them. %s',
                nodes,
                who,
                dyads,
                period,
                round(100 * reciprocity, 1),
                isolates,
                nodes,
                round(density, 4),
                round(largest_share * nodes),
                what_is_not_known
            )
        end as caption,
        hidden_platforms,
        reason,
        note
    from described
)

select * from final
