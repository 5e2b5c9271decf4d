with acts as (
    select * from {{ ref('int_interactions__matched') }}
),

windows as (
    select * from {{ ref('int_windows') }} where reason is null
),

nodes as (
    select * from {{ ref('int_ties__nodes') }}
)

select
    acts.window_name,
    acts.source_person,
    acts.target_person,
    count(*) as acts,
    min(acts.acted_at) as first_at
from acts
inner join windows on acts.window_name = windows.window_name
inner join nodes as sources on acts.source_person = sources.person_id
inner join nodes as targets on acts.target_person = targets.person_id
where acts.source_person <> acts.target_person and not acts.organiser_involved
group by acts.window_name, acts.source_person, acts.target_person
