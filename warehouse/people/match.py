"""Whose an account is, learnt from the roster (`metrics.md` d, rules 1, 2 and 5) for the accounts that a campaign met.

1. `stable_id`: the roster gives the account's permanent id.
2. `handle`: the account was seen under a handle while the roster says that it was the person's. Its permanent id is
   learnt by that, so later posts are matched under whatever name; and of several accounts that bore the handle only
   the first one is the person's: a recycled handle inherits nobody.
3. `person_id`: a clerk wrote the person's id as the author.

A blog's account is seen as `slug@site`, because two blogs may have the same slug. A roster that gives the slug alone
means the only account that was ever seen under it; where there are two, it means nobody until it names the site.

Only a basis that the person gave, or a public directory, matches by itself; people who refused collecting or matching
are never matched; an institution's account is nobody's. An account that two people claim for the same time by equally
good rules is left to a person. Posts on somebody's behalf are attributed later, by the post and not by the account.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text


def learn_owners(connection: Connection, campaign_name: str, as_of: datetime) -> int:
    """Fills `people.account_owner` with what is known at `as_of`; returns how many of its rows opened or closed."""
    connection.execute(text("lock table people.account_owner in share row exclusive mode"))
    known = {"campaign": campaign_name, "as_of": as_of}
    if connection.execute(text(LEARNT_LATER), known).scalar():
        return 0  # a look back at a past day uses what was known then
    connection.execute(text("drop table if exists met, matchable, claimed, claim, owned"))
    for statement in (MET, MATCHABLE, CLAIMED, BARE_SLUG, "analyze met, claimed", BY_ID, BY_HANDLE, BY_HAND, OWNED):
        connection.execute(text(statement), known)
    return connection.execute(text(CLOSE), known).rowcount + connection.execute(text(OPEN), known).rowcount


LEARNT_LATER = """
select 1 from people.account_owner
where known_from > :as_of or (known_to > :as_of and known_to < 'infinity')
limit 1
"""

# The campaign's accounts: no other account is joined to people.
MET = """
create temp table met on commit drop as
select distinct platform, account_id, account_id like 'hand:%' as by_hand
from core.item
where campaign = :campaign and account_id is not null
"""

MATCHABLE = """
create temp table matchable on commit drop as
select person_id, created_at from people.person
where created_at <= :as_of
  and person_id not in (
    select person_id from people.person_role
    where role = 'institution' and known_from <= :as_of and :as_of < known_to)
  and person_id not in (
    select person_id from (
      select distinct on (person_id, purpose, source) person_id, state from people.consent
      where purpose in ('collect', 'match') and changed_at <= :as_of
      order by person_id, purpose, source, changed_at desc) as latest
    where state in ('refused', 'withdrawn'))
"""

# What the roster says of accounts that may be matched without asking anybody.
CLAIMED = """
create temp table claimed on commit drop as
select person_id, platform, handle, stable_id, match_basis, known_from,
       cast(valid_from as timestamp) at time zone 'UTC' as valid_from,
       cast(valid_to as timestamp) at time zone 'UTC' as valid_to
from people.person_handle
join matchable using (person_id)
where match_basis in ('opt_in', 'given_directly', 'public_directory')
  and known_from <= :as_of and :as_of < known_to
"""

# A slug without its site, as the one account that has it was seen.
BARE_SLUG = """
insert into claimed
select claimed.person_id, claimed.platform, met_as.handle, null, claimed.match_basis, claimed.known_from,
       claimed.valid_from, claimed.valid_to
from claimed
cross join lateral (
  select array_agg(distinct seen.handle) as handles
  from core.account_handle as seen
  where seen.platform = 'wordpress' and seen.account_id not like 'hand:%' and seen.seen_from <= :as_of
    and seen.handle like '%@%' and split_part(seen.handle, '@', 1) = claimed.handle
  having count(distinct seen.account_id) = 1
) as only_one
cross join lateral unnest(only_one.handles) as met_as (handle)
where claimed.platform = 'wordpress' and claimed.stable_id is null and claimed.handle not like '%@%'
"""

BY_ID = """
create temp table claim on commit drop as
select met.platform, met.account_id, claimed.person_id, 'stable_id' as match_rule, 1 as precedence,
       claimed.match_basis, claimed.valid_from, claimed.valid_to, claimed.known_from
from claimed
join met on met.platform = claimed.platform and met.account_id = claimed.stable_id
"""

# An account once seen under a person's handle is the person's for as long as the roster gives the person any handle
# on that platform. The handle's first bearer in the row's time is meant (rather one who did not bear it in somebody
# else's time before); two first bearers at once are nobody.
BY_HANDLE = """
insert into claim
with seen as (
  select platform, account_id, handle, seen_from,
         coalesce(lead(seen_from) over (partition by platform, account_id order by seen_from), 'infinity') as seen_to
  from core.account_handle
  where seen_from <= :as_of and account_id not like 'hand:%'
    and (platform, account_id) in (
      select platform, account_id from core.account_handle as bearer
      where exists (select from claimed where claimed.platform = bearer.platform and claimed.handle = bearer.handle))
),
borne as (
  select claimed.*, seen.account_id, seen.seen_from,
         rank() over (partition by claimed.person_id, claimed.platform, claimed.handle, claimed.valid_from
                      order by exists (
                        select from claimed as former
                        where former.platform = claimed.platform and former.handle = claimed.handle
                          and former.person_id <> claimed.person_id and former.valid_from < claimed.valid_from
                          and seen.seen_from < former.valid_to), seen.seen_from) as bearer
  from claimed
  join seen on seen.platform = claimed.platform and seen.handle = claimed.handle
   and seen.seen_from < claimed.valid_to and seen.seen_to > claimed.valid_from
  where claimed.stable_id is null
),
first_borne as (
  select person_id, platform, min(account_id) as account_id, min(match_basis) as match_basis,
         min(greatest(known_from, seen_from)) as known_from
  from borne
  where bearer = 1
  group by person_id, platform, handle, valid_from
  having count(distinct account_id) = 1
),
times as (
  select person_id, platform,
         unnest(range_agg(tstzrange(valid_from, valid_to))) as valid
  from claimed
  group by person_id, platform
)
select distinct on (first_borne.platform, first_borne.account_id, first_borne.person_id, lower(times.valid))
       first_borne.platform, first_borne.account_id, first_borne.person_id, 'handle', 2, first_borne.match_basis,
       coalesce(lower(times.valid), '-infinity'), coalesce(upper(times.valid), 'infinity'), first_borne.known_from
from first_borne
join times using (person_id, platform)
join met using (platform, account_id)
order by first_borne.platform, first_borne.account_id, first_borne.person_id, lower(times.valid), first_borne.known_from
"""

# A clerk's author is a name, not an account: it is whose it was at the time, and nothing is learnt from it.
BY_HAND = """
insert into claim
select met.platform, met.account_id, claimed.person_id, 'handle', 2, min(claimed.match_basis),
       claimed.valid_from, max(claimed.valid_to), min(claimed.known_from)
from claimed
join met on met.by_hand and met.platform = claimed.platform
where met.account_id = 'hand:' || claimed.handle
   or exists (
     select from core.account_handle as seen
     where seen.platform = met.platform and seen.account_id = met.account_id
       and seen.handle = claimed.handle and seen.seen_from <= :as_of)
group by met.platform, met.account_id, claimed.person_id, claimed.valid_from
union all
select met.platform, met.account_id, matchable.person_id, 'person_id', 1, 'given_directly',
       '-infinity', 'infinity', created_at
from matchable
join met on met.by_hand and met.account_id = 'hand:' || lower(person_id)
"""

OWNED = """
create temp table owned on commit drop as
select distinct on (platform, account_id, person_id, valid_from) claim.*
from claim
where not exists (
  select from claim as rival
  where rival.platform = claim.platform and rival.account_id = claim.account_id
    and rival.person_id <> claim.person_id and rival.precedence <= claim.precedence
    and rival.valid_from < claim.valid_to and claim.valid_from < rival.valid_to)
order by platform, account_id, person_id, valid_from, precedence
"""

CLOSE = """
update people.account_owner as owner set known_to = :as_of
from met
where owner.platform = met.platform and owner.account_id = met.account_id and owner.known_to = 'infinity'
  and not exists (
    select from owned
    where owned.platform = owner.platform and owned.account_id = owner.account_id
      and (owned.person_id, owned.match_rule, owned.match_basis, owned.valid_from, owned.valid_to)
        = (owner.person_id, owner.match_rule, owner.match_basis, owner.valid_from, owner.valid_to))
"""

# Known since both the roster and the account were known, unless it was known before and dropped in between.
OPEN = """
insert into people.account_owner
  (platform, account_id, person_id, match_rule, match_basis, confidence, decided_by, valid_from, valid_to, known_from)
select owned.platform, owned.account_id, owned.person_id, owned.match_rule, owned.match_basis, 1, 'rule',
       owned.valid_from, owned.valid_to,
       greatest(owned.known_from, (
         select max(before.known_to) from people.account_owner as before
         where before.platform = owned.platform and before.account_id = owned.account_id
           and before.known_to < 'infinity'))
from owned
where not exists (
  select from people.account_owner as owner
  where owner.platform = owned.platform and owner.account_id = owned.account_id and owner.known_to = 'infinity'
    and (owned.person_id, owned.match_rule, owned.match_basis, owned.valid_from, owned.valid_to)
      = (owner.person_id, owner.match_rule, owner.match_basis, owner.valid_from, owner.valid_to))
"""
