-- What waits: open, or stale where somebody has decided and what it rested on has changed since.
insert into people.review_item as known
  (campaign, queue, subject, evidence, records, moves_counts, suggestion, state, first_seen_at, changed_at)
with standing as (
  select queue, subject
  from (
    select distinct on (queue, subject) queue, subject, verdict
    from people.review_decision
    where campaign = :campaign and known_from <= :as_of
    order by queue, subject, known_from desc, decision_id desc
  ) as latest
  where verdict not in ('undo', 'defer')
)
select :campaign, queue, subject, evidence, records, moves_counts, suggestion,
       case when standing.subject is null then 'open' else 'stale' end, :as_of, :as_of
from build.int_reviews
left join standing using (queue, subject)
on conflict (campaign, queue, subject) do update
set evidence = excluded.evidence, records = excluded.records, moves_counts = excluded.moves_counts,
    suggestion = excluded.suggestion, state = excluded.state,
    changed_at = case when (known.state, known.evidence) = (excluded.state, excluded.evidence)
                      then known.changed_at else excluded.changed_at end
where (known.evidence, known.records, known.moves_counts, known.state) <>
      (excluded.evidence, excluded.records, excluded.moves_counts, excluded.state)
   or known.suggestion is distinct from excluded.suggestion;

-- What somebody has decided, and what waits no more because the world has changed. Of those, no suggestion is kept.
insert into people.review_item as known
  (campaign, queue, subject, evidence, records, moves_counts, state, first_seen_at, changed_at)
select :campaign, queue, subject, evidence, 1, queue = 'duplicate_doubtful', 'decided', :as_of, :as_of
from build.stg_decisions
on conflict (campaign, queue, subject) do update
set state = 'decided', evidence = excluded.evidence, suggestion = null, changed_at = excluded.changed_at
where known.state <> 'decided' or known.evidence <> excluded.evidence;

update people.review_item as known
set state = 'auto_closed', suggestion = null, changed_at = :as_of
where campaign = :campaign and state <> 'auto_closed'
  and not exists (select from build.int_reviews as open where (open.queue, open.subject) = (known.queue, known.subject))
  and not exists (select from build.stg_decisions as held where (held.queue, held.subject) = (known.queue, known.subject))
