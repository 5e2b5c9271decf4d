with campaign as (
    select * from {{ ref('stg_campaign') }}
),

posts as (
    select
        count(*) as unique_posts,
        count(distinct person_id) as members,
        count(distinct (person_id, prompt_day)) as member_days
    from {{ ref('fct_posts') }}
),

participants as (
    select
        count(*) filter (where role = 'fellow') as fellows,
        count(distinct country_iso3) filter (where role = 'fellow') as countries,
        count(distinct country_iso3) as countries_all_members,
        nullif(count(distinct residence_iso3) filter (where role = 'fellow'), 0) as countries_by_residence,
        count(distinct cohort_year) filter (where role = 'fellow') as cohorts
    from {{ ref('dim_member') }}
    where person_id in (select person_id from {{ ref('fct_posts') }})
),

reviews as (
    select coalesce(sum(records), 0)::bigint as open_reviews
    from {{ ref('int_reviews') }}
    where moves_counts
),

final as (
    select
        {{ stamp() }},
        posts.unique_posts,
        posts.members,
        participants.fellows,
        participants.countries,
        participants.countries_all_members,
        participants.countries_by_residence,
        participants.cohorts,
        {{ ratio('posts.unique_posts', 'posts.members') }} as posts_per_member,
        {{ ratio('posts.unique_posts', 'campaign.days') }} as posts_per_day,
        {{ ratio('posts.member_days', 'posts.members * campaign.days') }} as fill_rate,
        reviews.open_reviews,
        reviews.open_reviews > 0 as provisional
    from campaign
    cross join posts
    cross join participants
    cross join reviews
)

select * from final
