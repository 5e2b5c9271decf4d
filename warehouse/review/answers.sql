-- Each answer of the files beside what the warehouse knows of its subject, person and day.
with asked as (
  select answer.*, split_part(subject, ':', 1) as kind,
         split_part(substr(subject, strpos(subject, ':') + 1), ' + ', 1) as one,
         nullif(split_part(subject, ' + ', 2), '') as other
  from answer
),
keyed as (
  select *, split_part(one, ':', 1) as platform, substr(one, strpos(one, ':') + 1) as id,
         split_part(other, ':', 1) as other_platform, substr(other, strpos(other, ':') + 1) as other_id
  from asked
)
select keyed.number, roster.person_id,
       exists (select from matchable where matchable.person_id = roster.person_id) as may_be_matched,
       item.subject is not null or {is_merged} as is_known,
       case keyed.kind
         when 'post' then md5(concat(post.title, post.text))
         when 'pair' then md5(concat(post.title, post.text)) || '+' || md5(concat(second.title, second.text))
         when 'account' then keyed.id
         when 'person' then keyed.one
       end as evidence,
       (latest.verdict, latest.person_id, latest.day, latest.evidence)
         is not distinct from (keyed.verdict, roster.person_id, keyed.day, keyed.evidence)
         or (keyed.verdict = 'undo' and coalesce(latest.verdict, 'undo') = 'undo') as is_said
from keyed
left join people.review_item as item
  on item.campaign = :campaign and item.queue = keyed.queue and item.subject = keyed.subject
left join lateral (
  select person_id from people.person
  where lower(person.person_id) = lower(keyed.person_id)
  order by person.person_id = keyed.person_id desc
  limit 1
) as roster on true
left join core.item as post
  on post.campaign = :campaign and post.platform = keyed.platform and post.post_id = keyed.id and keyed.kind in ('post', 'pair')
left join core.item as second
  on second.campaign = :campaign and second.platform = keyed.other_platform and second.post_id = keyed.other_id
left join lateral (
  select verdict, person_id, day, evidence
  from people.review_decision as said
  where said.campaign = :campaign and said.queue = keyed.queue and said.subject = keyed.subject
  order by known_from desc, decision_id desc
  limit 1
) as latest on true
order by keyed.number
