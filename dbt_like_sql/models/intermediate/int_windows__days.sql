with spans as (
    select * from {{ ref('int_windows__spans') }}
),

-- times to the quarter of an hour, in which no zone changes its date: of millions of acts a few thousand rows are left
acts as (
    select distinct
        platform,
        date_bin('15 minutes', acted_at, '2000-01-01 00:00+00') as at,
        false as is_read,
        is_by_hand as is_told
    from {{ ref('stg_interactions') }}
    where acted_at is not null
),

-- a comment under the hashtag that a clerk wrote down is a post of theirs
written_down as (
    select distinct
        items.platform,
        date_bin('15 minutes', items.created_at, '2000-01-01 00:00+00') as at,
        false as is_read,
        true as is_told
    from {{ ref('stg_items') }} as items
    inner join {{ ref('stg_item_sources') }} as sources using (platform, post_id)
    where items.created_at is not null
        and (sources.source = 'hand' or starts_with(sources.source, 'hand:'))
        and coalesce(items.reply_to_id, items.reply_to_account, items.quote_of_id, items.repost_of_id, items.mentions[1]) is not null
),

read as (
    select distinct platform, hour as at, true as is_read, false as is_told
    from {{ ref('stg_interaction_coverage') }}
    where state = 'complete'
),

known as (
    select * from acts
    union all
    select * from written_down
    union all
    select * from read
)

select
    spans.window_name,
    known.platform,
    (known.at at time zone spans.zone)::date as day,
    bool_or(known.is_read) as is_read,
    bool_or(known.is_told) as is_told
from spans
inner join known
    on known.at >= spans.starts_at
    and known.at < spans.ends_at
    -- the campaign is read for a little longer than it lasts, which is no reading of the windows beside it
    and not (spans.is_beside and known.at >= spans.opens_at and known.at < spans.closes_at)
group by spans.window_name, known.platform, (known.at at time zone spans.zone)::date
