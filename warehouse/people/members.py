"""Whose own posts a campaign may read: the accounts of people on the roster who gave them to us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from connectors.records import Member
from warehouse.people.suppression import PERSON, listed

# A handle, and the accounts that were seen under it or to which those have moved, as far as they are known to be this
# person's, by the name they have now.
ACCOUNTS = text("""
with readable as (
  select person_id from people.person
  where created_at <= :as_of
    and person_id not in (
      select person_id from people.person_role
      where role = 'institution' and known_from <= :as_of and :as_of < known_to)
    and person_id not in (
      select person_id from (
        select distinct on (person_id, source) person_id, state from people.consent
        where purpose = 'collect' and changed_at <= :as_of
        order by person_id, source, changed_at desc) as latest
      where state in ('refused', 'withdrawn'))
),
given as (
  select person_id, handle, stable_id
  from people.person_handle
  join readable using (person_id)
  where platform = :platform and match_basis in ('opt_in', 'given_directly', 'public_directory')
    and known_from <= :as_of and :as_of < known_to
    and cast(valid_from as timestamp) at time zone 'UTC' <= :as_of
    and :as_of < cast(valid_to as timestamp) at time zone 'UTC'
),
learnt as (
  select distinct owner.person_id, owner.account_id, owner.match_rule, owner.match_basis
  from people.account_owner as owner
  where owner.platform = :platform and owner.account_id not like 'hand:%'
    and owner.known_from <= :as_of and :as_of < owner.known_to
    and owner.valid_from <= :as_of and :as_of < owner.valid_to
)
select
  given.person_id,
  given.handle as given_handle,
  coalesce(given.stable_id, learnt.account_id) as account_id,
  coalesce(account.handle, given.handle) as handle
from given
left join learnt
  on learnt.person_id = given.person_id
  and given.stable_id is null
  and exists (
    select from core.account_handle as seen
    where seen.platform = :platform and seen.account_id = learnt.account_id and seen.handle = given.handle)
left join core.account as account
  on account.platform = :platform and account.account_id = coalesce(given.stable_id, learnt.account_id)
union all
-- the account to which one that was given has moved
select learnt.person_id, null, learnt.account_id, account.handle
from learnt
join readable using (person_id)
join core.account as account on account.platform = :platform and account.account_id = learnt.account_id
where learnt.match_rule = 'moved' and learnt.match_basis in ('opt_in', 'given_directly', 'public_directory')
""")


def members(connection: Connection, platform: str, secret: bytes, as_of: datetime) -> tuple[Member, ...]:
    """The accounts on a platform that may be read as of a time, sorted; `secret` is the key of the suppression list.

    Of people who gave their handle themselves or stand with it in a public directory, who have not refused or withdrawn
    `collect`, and who are not suppressed by id, handle or person. The permanent id is there where it has been learnt.
    """
    suppressed = {
        (where, bytes(key_hash))
        for where, key_hash in connection.execute(text("select platform, key_hash from people.suppression"))
    }
    found = set()
    for row in connection.execute(ACCOUNTS, {"platform": platform, "as_of": as_of}):
        names = (row.account_id, row.handle, row.given_handle, f"{PERSON}{row.person_id}")
        if not any(listed(secret, platform, name) in suppressed for name in names if name):
            found.add((row.account_id, row.handle))
    return tuple(
        Member(account_id=account_id, handle=handle)
        for account_id, handle in sorted(found, key=lambda account: (account[0] or "", account[1] or ""))
    )
