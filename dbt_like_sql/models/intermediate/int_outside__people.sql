with totals as (
    select * from {{ ref('int_outside__totals') }}
),

posts as (
    select * from {{ ref('fct_posts') }}
),

activity as (
    select person_id, count(*) as posts from posts group by person_id
),

roster as (
    select
        members.person_id,
        members.role,
        members.cohort_year,
        coalesce(members.country_iso3, 'Unknown') as country_iso3,
        coalesce(members.region, 'Unknown') as region,
        coalesce(activity.posts, 0) as posts
    from {{ ref('dim_member') }} as members
    left join activity on members.person_id = activity.person_id
),

regions as (
    -- that a region is named says that somebody of it took part
    select
        roster.region,
        case
            when totals.are_countries_shown and count(*) >= totals.small_group and sum(roster.posts) > 0 then roster.region
            else 'Other'
        end as group_label
    from roster
    cross join totals
    where roster.role = 'fellow'
    group by roster.region, totals.are_countries_shown, totals.small_group
),

by_role as (
    select 'role' as part, role as group_label, person_id, posts, null as known_by, false as is_withheld from roster
),

-- whoever is no fellow is the rest of the members, and as hidden as the number of fellows is
others as (
    select part, 'no fellow' as group_label, roster.person_id, roster.posts, null as known_by, true as is_withheld
    from roster
    cross join totals
    cross join (values ('region'), ('cohort')) as parts (part)
    where roster.role <> 'fellow' and not totals.are_fellows_shown
),

by_region as (
    select
        'region' as part,
        regions.group_label,
        roster.person_id,
        roster.posts,
        case when regions.group_label <> 'Other' then roster.country_iso3 end as known_by,
        false as is_withheld
    from roster
    inner join regions on roster.region = regions.region
    where roster.role = 'fellow'
),

by_cohort as (
    select
        'cohort' as part,
        coalesce(roster.cohort_year::text, 'Unknown') as group_label,
        roster.person_id,
        roster.posts,
        case when totals.are_cohorts_shown then 'year' end as known_by,
        false as is_withheld
    from roster
    cross join totals
    where roster.role = 'fellow'
),

by_platform as (
    select 'platform' as part, platform as group_label, person_id, count(*) as posts, null as known_by, false as is_withheld
    from posts
    group by platform, person_id
),

by_prompt as (
    select
        'prompt' as part,
        prompts.prompt_day::text as group_label,
        posts.person_id,
        count(posts.cluster_id) as posts,
        null as known_by,
        false as is_withheld
    from {{ ref('dim_prompt') }} as prompts
    left join posts on prompts.prompt_day = posts.prompt_day
    group by prompts.prompt_day, posts.person_id
),

by_step as (
    select
        'step' as part,
        step as group_label,
        somebody as person_id,
        sum(items)::bigint as posts,
        null as known_by,
        false as is_withheld
    from {{ ref('int_outside__steps') }}
    group by step, somebody
),

final as (
    select * from by_role
    union all
    select * from by_region
    union all
    select * from by_cohort
    union all
    select * from others
    union all
    select * from by_platform
    union all
    select * from by_prompt
    union all
    select * from by_step
)

select part, group_label, person_id, posts, known_by, is_withheld, part in ('role', 'region', 'cohort') as is_of_roster
from final
