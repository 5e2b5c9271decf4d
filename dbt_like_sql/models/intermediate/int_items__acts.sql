with acts as (
    select * from {{ ref('stg_interactions') }} where act in ('repost', 'comment')
),

items as (
    select * from {{ ref('stg_items') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

-- somebody passed a post on under the id that it had then
ids as (
    select platform, post_id as id, post_id, audience from items
    union
    select platform, version_id as id, post_id, audience from items where platform = 'x' and version_id is not null
    union
    select items.platform, earlier.version_id as id, items.post_id, items.audience
    from items
    inner join {{ ref('stg_item_earlier') }} as earlier using (platform, post_id)
),

-- acts by posts that were collected themselves
of_items as (
    select platform, concat('repost:', account_id, ':', repost_of_id) as interaction_id from items where kind = 'repost'
    union
    select platform, concat('comment:', post_id, ':', reply_to_id) as interaction_id from items where kind = 'reply'
),

of_the_campaign as (
    select acts.*, ids.post_id, ids.audience
    from acts
    cross join campaign
    left join ids on acts.platform = ids.platform and acts.target_post = ids.id
    left join of_items on acts.platform = of_items.platform and acts.interaction_id = of_items.interaction_id
    where (ids.post_id is not null or acts.is_by_hand)
        and coalesce(acts.acted_at >= campaign.opens_at and acts.acted_at < campaign.closes_at, true)
        and of_items.interaction_id is null
),

numbered as (
    select
        *,
        row_number() over (
            partition by
                platform,
                actor_account,
                case when act = 'repost' then post_id end,
                case when act <> 'repost' or post_id is null then interaction_id end
            order by acted_at, interaction_id collate "C"
        ) as time_told
    from of_the_campaign
)

select
    platform,
    interaction_id as post_id,
    acted_at as created_at,
    case when is_by_hand then 'closed' else audience end as audience,
    case act when 'repost' then 'repost' else 'reply_or_comment' end as exclusion_reason
from numbered
where time_told = 1
