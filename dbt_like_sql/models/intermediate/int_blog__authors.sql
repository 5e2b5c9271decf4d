with campaign as (
    select * from {{ ref('stg_campaign') }}
),

posts as (
    -- only what is there as of this build, of blogs that are the programme's now
    select
        posts.*,
        posts.published_at at time zone campaign.zone as published_here,
        posts.is_tagged
            and posts.published_at >= campaign.opens_at
            and posts.published_at < campaign.closes_at as is_inside
    from {{ ref('stg_blog_posts') }} as posts
    inner join {{ ref('stg_blogs') }} as blogs on posts.site = blogs.site and posts.published_at >= blogs.read_from
    cross join campaign
    where posts.published_at <= {{ as_of() }}
),

bylines as (
    select * from {{ ref('stg_blog_bylines') }}
),

named as (
    select * from {{ ref('int_people__named') }}
),

matchable as (
    select * from {{ ref('int_people__matchable') }}
),

owners as (
    select * from {{ ref('stg_account_owners') }}
    where platform = 'wordpress'
),

organisers as (
    select * from {{ ref('int_accounts__organisers') }}
    where platform = 'wordpress'
),

by_name as (
    select
        posts.site,
        posts.post_id,
        'byline' as told_by,
        bylines.name as told_as,
        case when named.may_be_matched then named.person_id end as person_id
    from posts
    inner join bylines on posts.site = bylines.site and posts.post_id = bylines.post_id
    left join named on bylines.name = named.name
),

by_account as (
    select
        posts.site,
        posts.post_id,
        case when organisers.account_id is null then 'account' else 'organiser' end as told_by,
        posts.account_id as told_as,
        case when count(distinct matchable.person_id) = 1 then min(matchable.person_id) end as person_id
    from posts
    left join organisers on posts.account_id = organisers.account_id
    left join owners
        on posts.account_id = owners.account_id
        and posts.published_at >= owners.valid_from
        and posts.published_at < owners.valid_to
        and organisers.account_id is null
    left join matchable on owners.person_id = matchable.person_id
    where (posts.site, posts.post_id) not in (select site, post_id from bylines)
    group by posts.site, posts.post_id, organisers.account_id, posts.account_id
),

authors as (
    -- somebody named twice is one author
    select
        site,
        post_id,
        min(told_by) as told_by,
        coalesce('person:' || person_id, 'name:' || told_as) as author,
        min(person_id) as person_id
    from (select * from by_name union all select * from by_account) as told
    group by site, post_id, coalesce('person:' || person_id, 'name:' || told_as)
),

roles as (
    -- what somebody was on the day, and as what they are reported if they were several things
    select
        authors.site,
        authors.post_id,
        authors.author,
        min(case
            when roles.role in ('fellow', 'senior_fellow') then 1
            when roles.role in ('uk_partner', 'programme_partner') then 2
            when roles.role in ('bm_staff', 'itp_team') then 3
            else 4
        end) as priority
    from authors
    inner join posts on authors.site = posts.site and authors.post_id = posts.post_id
    inner join {{ ref('stg_person_roles') }} as roles
        on authors.person_id = roles.person_id
        and roles.valid_from <= posts.published_here::date
        and roles.valid_to > posts.published_here::date
    group by authors.site, authors.post_id, authors.author
)

select
    posts.site,
    posts.post_id,
    authors.author,
    authors.person_id,
    authors.told_by,
    case
        when authors.told_by = 'organiser' then 'staff'
        when authors.person_id is null then 'unknown'
        else (array['fellow', 'partner', 'staff', 'other'])[coalesce(roles.priority, 4)]
    end as author_class,
    extract(year from posts.published_here)::integer as year,
    posts.is_inside
from posts
inner join authors on posts.site = authors.site and posts.post_id = authors.post_id
left join roles
    on authors.site = roles.site and authors.post_id = roles.post_id and authors.author = roles.author
