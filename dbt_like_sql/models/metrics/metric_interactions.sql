with acts as (
    select * from {{ ref('int_interactions__matched') }}
),

windows as (
    select * from {{ ref('int_windows') }} where reason is null
),

people as (
    select person_id from {{ ref('dim_member') }}
),

known as (
    select
        acts.act,
        acts.window_name,
        sources.person_id as source_person,
        targets.person_id as target_person,
        acts.organiser_involved
    from acts
    inner join windows on acts.window_name = windows.window_name
    left join people as sources on acts.source_person = sources.person_id
    left join people as targets on acts.target_person = targets.person_id
),

final as (
    select
        {{ stamp() }},
        window_name,
        source_person,
        target_person,
        act,
        organiser_involved,
        count(*) as acts
    from known
    where (source_person is not null or target_person is not null)
        and source_person is distinct from target_person
    group by window_name, source_person, target_person, act, organiser_involved
)

select * from final
