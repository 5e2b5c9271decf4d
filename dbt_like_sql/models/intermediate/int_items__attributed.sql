with items as (
    select *, coalesce(created_at, version_at) as posted_at from {{ ref('stg_items') }}
),

on_behalf as (
    select * from {{ ref('int_items__on_behalf') }}
),

named as (
    select * from {{ ref('int_people__named') }}
),

matchable as (
    select * from {{ ref('int_people__matchable') }}
),

owners as (
    select * from {{ ref('stg_account_owners') }}
),

candidates as (
    select distinct platform, account_id from {{ ref('stg_account_candidates') }}
),

-- one subject may stand in several queues: the latest word holds
decisions as (
    select distinct on (decisions.subject) decisions.subject, matchable.person_id
    from {{ ref('stg_decisions') }} as decisions
    left join matchable on decisions.person_id = matchable.person_id
    where decisions.verdict in ('person', 'not_member')
    order by decisions.subject, decisions.known_from desc, decisions.queue
),

owned as (
    select
        items.platform,
        items.post_id,
        count(distinct owners.person_id) as owners,
        min(owners.person_id) as person_id,
        min(owners.match_rule) as match_rule
    from items
    inner join owners
        on items.platform = owners.platform
        and items.account_id = owners.account_id
        and items.posted_at >= owners.valid_from
        and items.posted_at < owners.valid_to
    group by items.platform, items.post_id
),

attributed as (
    select
        items.platform,
        items.post_id,
        case
            when about_post.subject is not null then about_post.person_id
            when on_behalf.post_id is not null then case when on_behalf.may_be_matched then on_behalf.person_id end
            when owned.owners = 1 then owned.person_id
        end as person_id,
        case
            when about_post.subject is not null then 'reviewer'
            when on_behalf.post_id is not null then 'on_behalf_of'
            when owned.owners = 1 then owned.match_rule
        end as rule,
        on_behalf.post_id is not null as is_on_behalf,
        case
            when about_post.subject is not null then false
            when on_behalf.post_id is not null then on_behalf.person_id is null
            when items.account_id is null or owned.owners > 1 then true
            when about_account.subject is not null then false
            else candidates.account_id is not null
                or items.account_id like 'hand:%' and (named.name is null or named.person_id is null)
        end as is_open
    from items
    left join decisions as about_post on about_post.subject = concat('post:', items.platform, ':', items.post_id)
    left join decisions as about_account
        on about_account.subject = concat('account:', items.platform, ':', items.account_id)
    left join on_behalf on items.platform = on_behalf.platform and items.post_id = on_behalf.post_id
    left join owned on items.platform = owned.platform and items.post_id = owned.post_id
    left join candidates on items.platform = candidates.platform and items.account_id = candidates.account_id
    left join named on items.account_id = concat('hand:', named.name)
)

select
    platform,
    post_id,
    person_id,
    case when person_id is not null then rule end as match_rule,
    is_on_behalf,
    case when person_id is not null then 'matched' when is_open then 'unresolved' else 'stranger' end as attribution
from attributed
