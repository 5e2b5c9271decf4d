with campaign as (
    select * from {{ ref('stg_campaign') }}
),

voices as (
    select items.platform, items.account_id, classified.author_class
    from {{ ref('stg_items') }} as items
    cross join campaign
    inner join {{ ref('int_items__classified') }} as classified using (platform, post_id)
    inner join {{ ref('int_items__localised') }} as localised using (platform, post_id)
    where items.is_tagged
        and (items.kind = 'original' or items.kind in ('reply', 'quote') and items.has_media)
        and coalesce(classified.exclusion_reason, '') not in (
            'not_public', 'deleted', 'spam_or_collision', 'excluded_by_review', 'thread_continuation'
        )
        and localised.local_date between campaign.starts_on and campaign.ends_on
),

counted as (
    select platform, author_class, count(*) as posts, count(distinct account_id) as authors
    from voices
    group by platform, author_class
),

platforms as (
    select platform, count(*) as all_posts from voices group by platform
),

final as (
    select
        {{ stamp() }},
        classes.author_class,
        platforms.platform,
        coalesce(counted.posts, 0) as posts,
        coalesce(counted.authors, 0) as authors,
        platforms.all_posts,
        {{ ratio('coalesce(counted.posts, 0)', 'platforms.all_posts') }} as share
    from platforms
    cross join unnest(array['member', 'organiser', 'public', 'unresolved']) as classes (author_class)
    left join counted using (platform, author_class)
)

select * from final
