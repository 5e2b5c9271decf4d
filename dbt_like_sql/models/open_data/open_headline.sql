with totals as (
    select * from {{ ref('int_outside__totals') }}
),

headline as (
    select * from {{ ref('metric_headline') }}
),

-- until all days are over the rate is of some of the posts only, and would tell how many the others are
days as (
    select bool_and(is_over) as are_over from {{ ref('int_days') }}
),

final as (
    select
        {{ stamp() }},
        case when totals.is_shown then headline.unique_posts end as unique_posts,
        case when totals.is_shown then headline.members end as members,
        case when totals.are_fellows_shown then headline.fellows end as fellows,
        case when totals.are_countries_shown then headline.countries end as countries,
        case when totals.are_cohorts_shown then headline.cohorts end as cohorts,
        case when totals.is_shown then headline.posts_per_member end as posts_per_member,
        case when totals.is_shown and days.are_over then headline.posts_per_day end as posts_per_day,
        headline.provisional,
        totals.small_group,
        not totals.is_shown as is_suppressed
    from headline
    cross join totals
    cross join days
)

select * from final
