with asked as (
    select queue, platform, post_id, account_id, null::text as person_id,
        null::text as other_platform, null::text as other_post_id, records, true as moves_counts, suggestion
    from {{ ref('reviews_authors') }}
    union all
    select 'recycled_handle', platform, null, account_id, null, null, null, records, false, suggestion
    from {{ ref('reviews_handles') }}
    union all
    select 'day_conflict', platform, post_id, null, null, null, null, 1, true, suggestion
    from {{ ref('reviews_days') }}
    union all
    select 'timestamp_suspect', platform, post_id, null, null, null, null, 1, false, suggestion
    from {{ ref('reviews_times') }}
    union all
    select 'on_behalf_untagged', platform, post_id, null, null, null, null, 1, false, null
    from {{ ref('reviews_on_behalf') }}
    union all
    select 'spam_suspect', platform, post_id, account_id, null, null, null, records, false, suggestion
    from {{ ref('reviews_spam') }}
    union all
    select 'duplicate_doubtful', platform, post_id, null, null, other_platform, other_post_id, 1, true, suggestion
    from {{ ref('reviews_pairs') }}
    union all
    select queue, null, null, null, person_id, null, null, records, false, null
    from {{ ref('reviews_people') }}
),

keyed as (
    select
        asked.*,
        case
            when other_post_id is not null
                then 'pair:' || platform || ':' || post_id || ' + ' || other_platform || ':' || other_post_id
            when post_id is not null then 'post:' || platform || ':' || post_id
            when account_id is not null then 'account:' || platform || ':' || account_id
            else 'person:' || person_id
        end as subject
    from asked
),

open as (
    select
        keyed.queue,
        keyed.subject,
        keyed.platform,
        keyed.post_id,
        keyed.account_id,
        keyed.person_id,
        keyed.other_platform,
        keyed.other_post_id,
        keyed.records,
        keyed.moves_counts,
        keyed.suggestion,
        case
            when keyed.other_post_id is not null then one.evidence || '+' || other.evidence
            else coalesce(one.evidence, keyed.account_id, keyed.person_id)
        end as evidence
    from keyed
    left join {{ ref('stg_items') }} as one on keyed.platform = one.platform and keyed.post_id = one.post_id
    left join {{ ref('stg_items') }} as other
        on keyed.other_platform = other.platform and keyed.other_post_id = other.post_id
    left join {{ ref('stg_decisions') }} as decisions
        on keyed.queue = decisions.queue and keyed.subject = decisions.subject
    where decisions.subject is null
)

select * from open
