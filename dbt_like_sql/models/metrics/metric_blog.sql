with campaign as (
    select * from {{ ref('stg_campaign') }}
),

authors as (
    select * from {{ ref('int_blog__authors') }}
),

blogs as (
    -- what is read of all of them
    select
        max(read_from at time zone campaign.zone) as read_from,
        min(least(read_until, {{ as_of() }}) at time zone campaign.zone) as read_until
    from {{ ref('stg_blogs') }}
    cross join campaign
),

years as (
    select
        year,
        greatest(read_from::date, make_date(year, 1, 1)) as read_from,
        least(read_until::date, make_date(year, 12, 31)) as read_until
    from blogs
    cross join lateral generate_series(
        extract(year from read_from)::integer, extract(year from read_until)::integer
    ) as year
),

classes as (
    select author_class, author_class as wanted
    from unnest(array['fellow', 'partner', 'staff', 'other', 'unknown']) as author_class
    union all
    select 'total' as author_class, null as wanted
),

final as (
    select
        {{ stamp() }},
        years.year,
        classes.author_class,
        count(distinct (authors.site, authors.post_id)) filter (where authors.post_id is not null) as posts,
        count(distinct (authors.site, authors.post_id)) filter (where authors.is_inside) as posts_inside,
        count(distinct (authors.site, authors.post_id)) filter (where not authors.is_inside) as posts_outside,
        case when classes.author_class <> 'unknown' then count(distinct authors.person_id) end as authors,
        years.read_from,
        years.read_until
    from years
    cross join classes
    left join authors
        on years.year = authors.year
        and authors.author_class = coalesce(classes.wanted, authors.author_class)
    group by years.year, classes.author_class, years.read_from, years.read_until
)

select * from final
