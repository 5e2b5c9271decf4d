with items as (
    select *, coalesce(created_at, version_at) as posted_at from {{ ref('stg_items') }}
),

named as (
    select * from {{ ref('int_people__named') }}
),

owners as (
    select * from {{ ref('stg_account_owners') }}
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
    where items.on_behalf_of is null
    group by items.platform, items.post_id
),

attributed as (
    select
        items.platform,
        items.post_id,
        case when owned.owners = 1 then owned.person_id when named.may_be_matched then named.person_id end as person_id,
        case
            when named.may_be_matched then 'on_behalf_of'
            when owned.owners = 1 then owned.match_rule
        end as match_rule,
        case
            when named.may_be_matched or owned.owners = 1 then 'matched'
            when named.person_id is not null then 'stranger'
            when items.on_behalf_of is not null or items.account_id is null or owned.owners > 1 then 'unresolved'
            else 'stranger'
        end as attribution
    from items
    left join named on {{ name_key('items.on_behalf_of') }} = named.name
    left join owned on items.platform = owned.platform and items.post_id = owned.post_id
)

select * from attributed
