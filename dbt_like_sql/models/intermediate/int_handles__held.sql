with addressed as (
    select distinct platform, target_handle as handle
    from {{ ref('int_interactions__told') }}
    where target_handle is not null
),

said as (
    select
        handles.platform,
        handles.handle,
        handles.person_id,
        handles.valid_from::timestamp at time zone 'UTC' as valid_from,
        handles.valid_to::timestamp at time zone 'UTC' as valid_to
    from {{ ref('stg_person_handles') }} as handles
    inner join addressed on handles.platform = addressed.platform and handles.handle = addressed.handle
    inner join {{ ref('int_people__matchable') }} as matchable on handles.person_id = matchable.person_id
    where handles.match_basis in ('opt_in', 'given_directly', 'public_directory')
        and handles.person_id not in (select person_id from {{ ref('stg_person_roles') }} where role = 'institution')
),

acts as (
    select * from {{ ref('stg_interactions') }}
),

bearers as (
    select handles.platform, handles.account_id
    from {{ ref('stg_account_handles') }} as handles
    inner join addressed using (platform, handle)
    union
    select acts.platform, acts.actor_account as account_id
    from acts
    inner join addressed on acts.platform = addressed.platform and acts.actor_handle = addressed.handle
    union
    select acts.platform, acts.target_account as account_id
    from acts
    inner join addressed on acts.platform = addressed.platform and acts.target_handle = addressed.handle
    where acts.target_account is not null
),

told as (
    select handles.platform, handles.account_id, handles.handle, handles.seen_from
    from {{ ref('stg_account_handles') }} as handles
    inner join bearers using (platform, account_id)
    union all
    select acts.platform, acts.actor_account as account_id, acts.actor_handle as handle, min(acts.first_observed_at) as seen_from
    from acts
    inner join bearers on acts.platform = bearers.platform and acts.actor_account = bearers.account_id
    where acts.actor_handle is not null
    group by acts.platform, acts.actor_account, acts.actor_handle
    union all
    select acts.platform, acts.target_account as account_id, acts.target_handle as handle, min(acts.first_observed_at) as seen_from
    from acts
    inner join bearers on acts.platform = bearers.platform and acts.target_account = bearers.account_id
    where acts.target_handle is not null
    group by acts.platform, acts.target_account, acts.target_handle
),

compared as (
    select *, lag(handle) over (partition by platform, account_id order by seen_from, handle) as before
    from told
    where account_id not like 'hand:%' and seen_from <= {{ as_of() }}
),

borne as (
    select
        platform,
        account_id,
        handle,
        seen_from,
        coalesce(lead(seen_from) over (partition by platform, account_id order by seen_from, handle), 'infinity') as seen_to
    from compared
    where handle is distinct from before
),

-- a handle is one account's at a time: whoever is seen under it takes it over
taken as (
    select
        borne.platform,
        borne.handle,
        borne.seen_from,
        max(borne.seen_to) as seen_to,
        case when count(distinct borne.account_id) = 1 then min(borne.account_id) end as account_id,
        coalesce(
            lead(borne.seen_from) over (partition by borne.platform, borne.handle order by borne.seen_from), 'infinity'
        ) as next_seen_from
    from borne
    inner join addressed using (platform, handle)
    group by borne.platform, borne.handle, borne.seen_from
),

first_taken as (
    select
        platform,
        handle,
        min(seen_from) as seen_from,
        case when count(distinct account_id) = 1 and bool_and(account_id is not null) then min(account_id) end as only_account
    from taken
    group by platform, handle
),

of_accounts as (
    select platform, handle, account_id, seen_from as valid_from, least(seen_to, next_seen_from) as valid_to from taken
    union all
    -- it was borne before it was seen; the only account that ever bore it bore it then, if nobody says otherwise
    select platform, handle, only_account as account_id, '-infinity' as valid_from, seen_from as valid_to
    from first_taken
    where only_account is not null and (platform, handle) not in (select platform, handle from said)
),

of_people as (
    select
        said.platform,
        said.handle,
        said.person_id,
        said.valid_from,
        least(said.valid_to, coalesce(first_taken.seen_from, 'infinity')) as valid_to
    from said
    left join first_taken using (platform, handle)
    where said.valid_from < coalesce(first_taken.seen_from, 'infinity')
),

held as (
    select
        of_accounts.platform,
        of_accounts.handle,
        of_accounts.account_id,
        owned.person_id,
        greatest(of_accounts.valid_from, coalesce(owned.valid_from, '-infinity')) as valid_from,
        least(of_accounts.valid_to, coalesce(owned.valid_to, 'infinity')) as valid_to
    from of_accounts
    inner join {{ ref('int_accounts__owned') }} as owned
        on of_accounts.platform = owned.platform
        and of_accounts.account_id = owned.account_id
        and owned.valid_from < of_accounts.valid_to
        and owned.valid_to > of_accounts.valid_from
    union all
    select platform, handle, null as account_id, person_id, valid_from, valid_to from of_people
),

boundaries as (
    select platform, handle, valid_from as boundary from held
    union
    select platform, handle, valid_to as boundary from held
),

pieces as (
    select
        platform,
        handle,
        boundary as valid_from,
        lead(boundary) over (partition by platform, handle order by boundary) as valid_to
    from boundaries
)

select
    pieces.platform,
    pieces.handle,
    pieces.valid_from,
    pieces.valid_to,
    min(held.person_id) as person_id
from pieces
inner join held
    on pieces.platform = held.platform
    and pieces.handle = held.handle
    and held.valid_from <= pieces.valid_from
    and held.valid_to >= pieces.valid_to
group by pieces.platform, pieces.handle, pieces.valid_from, pieces.valid_to
having count(distinct held.person_id) = 1
