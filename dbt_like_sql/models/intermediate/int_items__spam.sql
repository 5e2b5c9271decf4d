with items as (
    select *, coalesce(created_at, version_at) as posted_at from {{ ref('stg_items') }}
),

attributed as (
    select * from {{ ref('int_items__attributed') }}
),

organisers as (
    select * from {{ ref('int_accounts__organisers') }}
),

owners as (
    select * from {{ ref('stg_account_owners') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

handles as (
    select * from {{ ref('stg_account_handles') }}
),

acts as (
    select *, coalesce(acted_at, observed_at) as at from {{ ref('stg_interactions') }}
),

campaign as (
    select * from {{ ref('stg_campaign') }}
),

strangers as materialized (
    select
        items.platform,
        items.post_id,
        items.account_id,
        lower(normalize(concat_ws(' ', items.text, array_to_string(items.links, ' ')), nfkc)) as folded,
        {{ plain_words('items.text') }} as words
    from items
    inner join attributed on items.platform = attributed.platform and items.post_id = attributed.post_id
    left join organisers on items.platform = organisers.platform and items.account_id = organisers.account_id
    where attributed.attribution <> 'matched'
        and not attributed.is_on_behalf
        and organisers.account_id is null
        and not exists (
            select 1 from owners
            where owners.platform = items.platform
                and owners.account_id = items.account_id
                and items.posted_at >= owners.valid_from
                and items.posted_at < owners.valid_to
        )
),

---------- whom members know

acts_of_members as (
    select acts.*
    from acts
    where exists (
        select 1 from owners
        where owners.platform = acts.platform
            and owners.account_id = acts.actor_account
            and acts.at >= owners.valid_from
            and acts.at < owners.valid_to
    )
),

items_of_members as (
    select items.*
    from items
    inner join attributed on items.platform = attributed.platform and items.post_id = attributed.post_id
    where attributed.attribution = 'matched' and not attributed.is_on_behalf
),

known as (
    select platform, target_account as account_id from acts_of_members where target_account is not null
    union
    -- a name is whoever bore it by then: somebody who takes over a member's old name is not known by it
    select handles.platform, handles.account_id
    from acts_of_members as acts
    inner join handles on acts.platform = handles.platform and acts.target_handle = handles.handle
    where acts.at >= handles.seen_from and coalesce(acts.target_account, 'hand:') like 'hand:%'
    union
    select platform, reply_to_account as account_id from items_of_members where reply_to_account is not null
    union
    select accounts.platform, accounts.account_id
    from items_of_members as items
    inner join accounts on items.platform = accounts.platform and items.reply_to_account = accounts.handle
    union
    select answered.platform, answered.account_id
    from items_of_members
    cross join lateral (
        values (items_of_members.reply_to_id), (items_of_members.quote_of_id), (items_of_members.repost_of_id)
    ) as about (post_id)
    inner join items as answered on items_of_members.platform = answered.platform and about.post_id = answered.post_id
    where answered.account_id is not null
),

---------- signals

signs as (
    select distinct 'domain' as kind, {{ domain_pattern('lower(normalize(sign, nfkc))') }} as sign, false as is_anywhere
    from campaign
    cross join lateral jsonb_array_elements_text(campaign.spam -> 'domains') as sign
    where sign <> ''
    union all
    select distinct
        'phrase' as kind,
        case when {{ has_no_spaces('sign') }} then btrim({{ plain_words('sign') }}) else {{ plain_words('sign') }} end as sign,
        {{ has_no_spaces('sign') }} as is_anywhere
    from campaign
    cross join lateral jsonb_array_elements_text((campaign.spam -> 'phrases') || (campaign.spam -> 'homonyms')) as sign
    where btrim({{ plain_words('sign') }}) <> ''
),

marked as (
    select strangers.platform, strangers.post_id, count(*) as signals
    from strangers
    inner join signs
        on case signs.kind
            when 'domain' then strangers.folded ~ signs.sign
            else strpos(strangers.words, signs.sign) > 0
        end
    group by strangers.platform, strangers.post_id
),

worded as materialized (
    select platform, post_id, created_at, {{ comparable_words('text') }} as words
    from items
    where created_at is not null and kind <> 'repost'
),

within_the_hour as (
    select
        *,
        count(*) over (
            partition by words order by created_at range between current row and interval '1 hour' following
        ) as equal_texts
    from worded
    where words <> ''
),

bursts as (
    select
        within_the_hour.platform,
        within_the_hour.post_id,
        count(*) filter (where equal_texts >= (campaign.spam ->> 'burst')::int and (campaign.spam ->> 'burst')::int > 0) over (
            partition by words order by created_at range between interval '1 hour' preceding and current row
        ) > 0 as is_in_burst
    from within_the_hour
    cross join campaign
),

signalled as (
    select
        strangers.platform,
        strangers.post_id,
        strangers.account_id,
        coalesce(marked.signals, 0) + coalesce(bursts.is_in_burst, false)::int as signals,
        known.account_id is not null as is_known
    from strangers
    left join marked on strangers.platform = marked.platform and strangers.post_id = marked.post_id
    left join bursts on strangers.platform = bursts.platform and strangers.post_id = bursts.post_id
    left join known on strangers.platform = known.platform and strangers.account_id = known.account_id
)

select
    signalled.platform,
    signalled.post_id,
    signalled.account_id,
    signalled.signals::integer as signals,
    signalled.is_known,
    not signalled.is_known and coalesce(signalled.signals >= (campaign.spam ->> 'signals')::int, false) as is_spam
from signalled
cross join campaign
where signalled.signals > 0
