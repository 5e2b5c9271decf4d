with campaign as (
    select * from {{ ref('stg_campaign') }}
),

posted as (
    select person_id, count(*) as posts from {{ ref('fct_posts') }} group by person_id
),

roster as (
    select * from {{ ref('dim_member') }}
),

totals as (
    select
        count(*) as members,
        coalesce(sum(posted.posts), 0)::bigint as posts,
        count(*) filter (where roster.role = 'fellow') as fellows,
        count(distinct roster.country_iso3) filter (where roster.role = 'fellow') as countries,
        count(distinct roster.cohort_year) filter (where roster.role = 'fellow') as cohorts
    from posted
    inner join roster on posted.person_id = roster.person_id
),

cohorts as (
    select cohort_year, count(*) as eligible from roster where role = 'fellow' group by cohort_year
),

weighed as (
    select
        campaign.small_group,
        totals.*,
        totals.members >= campaign.small_group as is_shown,
        -- also that none of the others took part would be told of each of them
        totals.fellows >= campaign.small_group
            and (
                totals.members - totals.fellows >= campaign.small_group
                or not exists (select 1 from roster where role <> 'fellow')
            ) as are_fellows_shown
    from campaign
    cross join totals
)

select
    weighed.*,
    -- a number of countries or years says that each of them has somebody: it must leave the numbers free to move
    are_fellows_shown and fellows - countries >= small_group as are_countries_shown,
    are_fellows_shown
        and fellows - cohorts >= small_group
        and small_group <= (select coalesce(min(eligible), 0) from cohorts) as are_cohorts_shown
from weighed
