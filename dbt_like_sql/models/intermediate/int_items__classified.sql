with items as (
    select * from {{ ref('stg_items') }}
),

attributed as (
    select * from {{ ref('int_items__attributed') }}
),

localised as (
    select * from {{ ref('int_items__localised') }}
),

dated as (
    select * from {{ ref('int_items__dated') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

organisers as (
    select * from {{ ref('int_accounts__organisers') }}
),

spam as (
    select * from {{ ref('int_items__spam') }} where is_spam
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

-- one subject may stand in several queues: the latest word holds, and a word on a post before one on its account
decisions as (
    select distinct on (subject) subject, verdict
    from {{ ref('stg_decisions') }}
    where verdict in ('spam', 'exclude', 'person', 'not_member')
    order by subject, known_from desc, queue
),

facts as (
    select
        items.platform,
        items.post_id,
        items.kind,
        items.is_tagged,
        items.has_media,
        items.loss = 'not_public' as is_not_public,
        items.loss = 'deleted' or items.deleted_at is not null as is_deleted,
        attributed.attribution,
        dated.is_in_window,
        coalesce(
            items.reply_to_account in (items.account_id, accounts.handle) or answered.account_id = items.account_id, false
        ) as is_own_thread,
        organisers.account_id is not null and not attributed.is_on_behalf and attributed.match_rule is distinct from 'reviewer'
            as is_organiser,
        coalesce(about_post.verdict, about_account.verdict) as verdict,
        spam.post_id is not null as is_spam,
        exists (
            select 1
            from {{ ref('stg_person_roles') }} as roles
            where roles.person_id = attributed.person_id
                and roles.role <> 'institution'
                and roles.valid_from <= coalesce(localised.local_date, campaign.starts_on)
                and roles.valid_to > coalesce(localised.local_date, campaign.starts_on)
        ) as is_member
    from items
    cross join campaign
    inner join attributed on items.platform = attributed.platform and items.post_id = attributed.post_id
    inner join localised on items.platform = localised.platform and items.post_id = localised.post_id
    inner join dated on items.platform = dated.platform and items.post_id = dated.post_id
    left join accounts on items.platform = accounts.platform and items.account_id = accounts.account_id
    left join items as answered on items.platform = answered.platform and items.reply_to_id = answered.post_id
    left join organisers on items.platform = organisers.platform and items.account_id = organisers.account_id
    left join spam on items.platform = spam.platform and items.post_id = spam.post_id
    left join decisions as about_post on about_post.subject = concat('post:', items.platform, ':', items.post_id)
    left join decisions as about_account
        on about_account.subject = concat('account:', items.platform, ':', items.account_id)
),

-- whoever nobody knows yet may turn out to be a member
judged as (
    select *, is_member or attribution = 'unresolved' as may_be_member from facts
),

classified as (
    select
        platform,
        post_id,
        case
            when is_not_public then 'not_public'
            when is_deleted then 'deleted'
            when is_spam or verdict = 'spam' then 'spam_or_collision'
            when verdict = 'exclude' then 'excluded_by_review'
            when kind = 'repost' then 'repost'
            when kind = 'reply' and is_own_thread then 'thread_continuation'
            when kind = 'reply' and not (has_media and is_tagged and may_be_member) then 'reply_or_comment'
            when kind = 'quote' and not (has_media and is_tagged and may_be_member) then 'quote_commentary'
            when is_organiser then 'organiser_account'
            when not is_tagged then 'hashtag_missing_or_removed'
            when attribution = 'unresolved' then 'author_unresolved'
            when not is_member then 'author_not_member'
            when not is_in_window then 'out_of_window'
        end as exclusion_reason,
        case
            when is_organiser then 'organiser'
            when is_member then 'member'
            when attribution = 'unresolved' then 'unresolved'
            else 'public'
        end as author_class
    from judged
)

select * from classified
