with people as (
    select person_id from {{ ref('dim_member') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

handles as (
    select
        handles.person_id,
        bool_or(handles.match_basis in ('opt_in', 'given_directly')) as is_given
    from {{ ref('stg_person_handles') }} as handles
    cross join campaign
    where handles.platform = any(campaign.platforms)
        and handles.valid_from <= campaign.ends_on + campaign.grace_days
        and handles.valid_to > campaign.starts_on
    group by handles.person_id
),

latest_consents as (
    select distinct on (person_id, purpose, source) person_id, state
    from {{ ref('stg_consents') }}
    where purpose in ('collect', 'match') and changed_at <= {{ as_of() }}
    order by person_id, purpose, source, changed_at desc
),

granted as (
    select distinct person_id from latest_consents where state = 'granted'
),

posts as (
    select person_id, count(distinct prompt_day) as prompt_days from {{ ref('fct_posts') }} group by person_id
),

known as (
    select
        people.person_id,
        handles.person_id is not null as is_reachable,
        matchable.person_id is not null
        and (granted.person_id is not null or coalesce(handles.is_given, false)) as has_consented,
        coalesce(posts.prompt_days, 0) as prompt_days
    from people
    left join handles on people.person_id = handles.person_id
    left join {{ ref('int_people__matchable') }} as matchable on people.person_id = matchable.person_id
    left join granted on people.person_id = granted.person_id
    left join posts on people.person_id = posts.person_id
),

steps as (
    select step_order, step, least
    from campaign
    cross join lateral (values
        (1, 'roster', null),
        (2, 'reachable', null),
        (3, 'consent', null),
        (4, 'posted', 1),
        (5, 'prompt_days_7', 7),
        (6, 'prompt_days_14', 14),
        (7, 'all_prompt_days', campaign.days)
    ) as step (step_order, step, least)
    where step_order in (1, 2, 3, 4, 7) or least < campaign.days
),

taken as (
    select
        steps.step_order,
        steps.step,
        steps.least,
        case steps.step
            when 'roster' then true
            when 'reachable' then known.is_reachable
            when 'consent' then known.has_consented
            else known.prompt_days >= steps.least
        end as is_met,
        case steps.step
            when 'roster' then true
            when 'reachable' then known.is_reachable
            when 'consent' then known.is_reachable and known.has_consented
            else known.is_reachable and known.has_consented and known.prompt_days >= steps.least
        end as is_met_with_all_before
    from steps
    cross join known
),

counted as (
    select
        step_order,
        step,
        least,
        count(*) as roster,
        count(*) filter (where is_met) as persons,
        count(*) filter (where is_met_with_all_before) as persons_so_far
    from taken
    group by step_order, step, least
),

final as (
    select
        {{ stamp() }},
        step_order,
        step,
        least as least_prompt_days,
        persons,
        persons_so_far,
        {{ ratio('persons', 'roster') }} as share_of_roster
    from counted
)

select * from final
