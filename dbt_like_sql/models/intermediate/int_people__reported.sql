with campaign as (
    select * from {{ ref('stg_campaign') }}
),

roles as (
    select * from {{ ref('stg_person_roles') }}
),

in_window as (
    select
        roles.person_id,
        min(case
            when roles.role in ('fellow', 'senior_fellow') then 1
            when roles.role in ('uk_partner', 'programme_partner') then 2
            when roles.role in ('bm_staff', 'itp_team') then 3
            else 4
        end) as priority
    from roles
    cross join campaign
    where roles.role <> 'institution'
        and roles.valid_from <= campaign.ends_on + campaign.grace_days
        and roles.valid_to > campaign.starts_on
    group by roles.person_id
),

cohorts as (
    select person_id, min(cohort_year) as cohort_year
    from roles
    where role in ('fellow', 'senior_fellow')
    group by person_id
),

reported as (
    select
        in_window.person_id,
        (array['fellow', 'partner', 'staff', 'supporter'])[in_window.priority] as role,
        case when in_window.priority = 1 then cohorts.cohort_year end as cohort_year
    from in_window
    left join cohorts on in_window.person_id = cohorts.person_id
)

select * from reported
