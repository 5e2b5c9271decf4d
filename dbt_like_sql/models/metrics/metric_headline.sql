with campaign as (
    select * from {{ ref('stg_campaign') }}
),

past as (
    select (count(*) filter (where is_over))::integer as days from {{ ref('int_days') }}
),

posts as (
    select
        count(*) as unique_posts,
        count(distinct posts.person_id) as members,
        -- of days that are over only, until all of them are: then posts of the grace period count, too
        count(*) filter (
            where past.days = campaign.days or posts.local_date < campaign.starts_on + past.days
        ) as posts_of_past_days,
        count(distinct (posts.person_id, posts.prompt_day)) filter (where posts.prompt_day <= past.days) as member_days
    from {{ ref('fct_posts') }} as posts
    cross join campaign
    cross join past
),

participants as (
    select
        count(*) filter (where role = 'fellow') as fellows,
        {{ different('country_iso3', "role = 'fellow'") }} as countries,
        {{ different('country_iso3', 'true') }} as countries_all_members,
        {{ different('coalesce(residence_iso3, country_iso3)', "role = 'fellow'") }} as countries_by_residence,
        {{ different('cohort_year', "role = 'fellow'") }} as cohorts
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
        {{ ratio('posts.posts_of_past_days', 'past.days') }} as posts_per_day,
        {{ ratio('posts.member_days', 'posts.members * past.days') }} as fill_rate,
        reviews.open_reviews,
        reviews.open_reviews > 0 as provisional
    from posts
    cross join past
    cross join participants
    cross join reviews
)

select * from final
