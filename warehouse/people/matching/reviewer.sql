-- What people decided about accounts; of all queues and campaigns the latest word, because an account is the same in all.
create temp table decided on commit drop as
with latest as (
  select distinct on (campaign, queue, subject) *
  from people.review_decision
  where subject like 'account:%' and known_from <= :as_of
  order by campaign, queue, subject, known_from desc, decision_id desc
),
about as (
  select *, split_part(subject, ':', 2) as platform,
         substr(subject, length('account:' || split_part(subject, ':', 2) || ':') + 1) as account_id
  from latest
  where verdict in ('person', 'not_member')
)
select distinct on (platform, account_id) platform, account_id, verdict, person_id, known_from
from about
where evidence = account_id
order by platform, account_id, known_from desc, decision_id desc;

insert into claim
select platform, account_id, decided.person_id, 'reviewer', 0, 'reviewer', '-infinity', 'infinity', decided.known_from
from decided
join matchable using (person_id)
