-- One row per subject that waits or is decided, with what a reviewer has to see. Texts are looked up here and kept nowhere.
with subjects as (
  select queue, subject, evidence, records, moves_counts, suggestion, state,
         split_part(subject, ':', 1) as kind,
         split_part(substr(subject, strpos(subject, ':') + 1), ' + ', 1) as one,
         nullif(split_part(subject, ' + ', 2), '') as other
  from people.review_item
  where campaign = :campaign and state <> 'auto_closed'
),
keyed as (
  select *, split_part(one, ':', 1) as platform, substr(one, strpos(one, ':') + 1) as id,
         split_part(other, ':', 1) as other_platform, substr(other, strpos(other, ':') + 1) as other_id
  from subjects
)
select keyed.queue, keyed.subject, keyed.evidence, keyed.records, keyed.moves_counts, keyed.suggestion, keyed.state,
       latest.verdict, latest.person_id, latest.day, latest.decided_by,
       coalesce(item.url, account.url) as link,
       coalesce(other.url, example.url) as other_link,
       coalesce(
         item.on_behalf_of,
         person.display_name || ' (' || keyed.one || ')',
         concat_ws(' ', nullif(account.display_name, account.handle), '(' || account.handle || ')')) as who,
       concat_ws(E'\n', coalesce(item.title, example.title), coalesce(item.text, example.text)) as said,
       concat_ws(E'\n', other.title, other.text) as other_said,
       coalesce(item.created_at, example.created_at) as posted_at
from keyed
left join core.item as item
  on item.campaign = :campaign and keyed.kind in ('post', 'pair')
  and item.platform = keyed.platform and item.post_id = keyed.id
left join core.item as other
  on other.campaign = :campaign and keyed.kind = 'pair'
  and other.platform = keyed.other_platform and other.post_id = keyed.other_id
left join core.account as account
  on account.platform = keyed.platform
  and account.account_id = case when keyed.kind = 'account' then keyed.id else item.account_id end
left join people.person as person on keyed.kind = 'person' and person.person_id = keyed.one
left join lateral (
  select * from core.item as newest
  where newest.campaign = :campaign and keyed.kind = 'account'
    and newest.platform = keyed.platform and newest.account_id = keyed.id
  order by newest.created_at desc nulls last, newest.post_id
  limit 1
) as example on true
left join lateral (
  select verdict, person_id, day, decided_by
  from people.review_decision as said
  where said.campaign = :campaign and said.queue = keyed.queue and said.subject = keyed.subject
  order by known_from desc, decision_id desc
  limit 1
) as latest on true
order by keyed.moves_counts desc, keyed.records desc, keyed.subject collate "C"
