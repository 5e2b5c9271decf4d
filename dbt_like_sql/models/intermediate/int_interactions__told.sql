with items as (
    select * from {{ ref('stg_items') }}
),

-- somebody answered, quoted or passed on a post by the id that it had then
ids as (
    select platform, post_id as id, post_id from items
    union
    select platform, version_id as id, post_id from items where platform = 'x' and version_id is not null
    union
    select items.platform, earlier.version_id as id, items.post_id
    from items
    inner join {{ ref('stg_item_earlier') }} as earlier using (platform, post_id)
),

-- what connectors/interactions.py reads from a post, of the posts that were collected themselves
of_items as (
    select
        items.platform,
        acts.interaction_id,
        acts.act,
        items.post_id as by_post,
        items.account_id as actor_account,
        null as actor_handle,
        false as is_by_hand,
        acts.target_account,
        acts.target_handle,
        acts.target_post,
        items.created_at as acted_at,
        null::timestamptz as observed_at
    from items
    cross join lateral (
        select
            concat('repost:', items.account_id, ':', items.repost_of_id) as interaction_id,
            'repost' as act,
            null as target_account,
            null as target_handle,
            items.repost_of_id as target_post
        where items.repost_of_id is not null and items.account_id is not null
        union all
        select
            concat('reply:', items.post_id, ':', coalesce(items.reply_to_id, items.reply_to_account)),
            case when items.platform in ('facebook', 'instagram', 'wordpress', 'youtube') then 'comment' else 'reply' end,
            -- Mastodon's servers give the account's own name, its handle, or a number that only they know
            case when items.platform <> 'mastodon' or items.reply_to_account like '%://%' then items.reply_to_account end,
            case when items.platform = 'mastodon' and items.reply_to_account like '%@%' then items.reply_to_account end,
            items.reply_to_id
        where items.repost_of_id is null and coalesce(items.reply_to_id, items.reply_to_account) is not null
        union all
        select concat('quote:', items.post_id, ':', items.quote_of_id), 'quote', null, null, items.quote_of_id
        where items.repost_of_id is null and items.quote_of_id is not null
        union all
        select concat('mention:', items.post_id, ':', mention), 'mention', null, mention, null
        from unnest(items.mentions) as mention
        where items.repost_of_id is null
    ) as acts
),

-- an act is named by the post that does it, and mostly by whom or what it is towards
named as (
    select
        *,
        coalesce(case when act = 'mention' then target_handle end, target_post, target_account, target_handle) as tail
    from {{ ref('stg_interactions') }}
),

of_acts as (
    select
        platform,
        interaction_id,
        act,
        case
            when is_by_hand or act = 'repost' then null
            when right(interaction_id, length(tail) + 1) = concat(':', tail)
                then substr(left(interaction_id, -length(tail) - 1), length(act) + 2)
            else substr(interaction_id, length(act) + 2)
        end as by_post,
        actor_account,
        actor_handle,
        is_by_hand,
        target_account,
        target_handle,
        target_post,
        acted_at,
        observed_at
    from named
),

told as (
    select every_act.*, ids.post_id as about_post, coalesce(ids.post_id, every_act.target_post) as towards
    from (
        select *, true as is_of_item from of_items
        union all
        select *, false as is_of_item from of_acts
    ) as every_act
    left join ids on every_act.platform = ids.platform and every_act.target_post = ids.id
),

-- a post answers once and quotes once, and nobody passes the same post on twice; what a clerk saw is only the clerk's
met as (
    select
        platform,
        case act when 'comment' then 'reply' else act end as kind,
        case when is_by_hand then interaction_id when act = 'repost' then actor_account else by_post end as done_by,
        case act
            when 'repost' then towards
            when 'mention' then coalesce(target_handle, target_account)
        end as done_to,
        coalesce(
            min(interaction_id collate "C") filter (where not is_of_item), min(interaction_id collate "C")
        ) as interaction_id,
        coalesce(min(act) filter (where is_of_item), min(act)) as act,
        min(by_post collate "C") as by_post,
        min(actor_account collate "C") as actor_account,
        min(actor_handle collate "C") as actor_handle,
        bool_or(is_by_hand) as is_by_hand,
        min(target_account collate "C") as target_account,
        min(target_handle collate "C") as target_handle,
        min(about_post collate "C") as about_post,
        min(acted_at) as acted_at,
        min(observed_at) as observed_at
    from told
    group by 1, 2, 3, 4
)

select
    platform,
    interaction_id,
    act,
    by_post,
    actor_account,
    actor_handle,
    is_by_hand,
    target_account,
    case when target_account is null then target_handle end as target_handle,
    about_post,
    acted_at,
    observed_at
from met
