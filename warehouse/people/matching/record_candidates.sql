delete from people.account_candidate as known
using met
where known.platform = met.platform and known.account_id = met.account_id
  and not exists (
    select from candidate
    where (candidate.platform, candidate.account_id, candidate.person_id, candidate.rule)
        = (known.platform, known.account_id, known.person_id, known.rule));

insert into people.account_candidate as known (platform, account_id, person_id, rule, score)
select platform, account_id, person_id, rule, max(score)
from candidate
group by platform, account_id, person_id, rule
on conflict (platform, account_id, person_id, rule) do update set score = excluded.score
where known.score <> excluded.score
