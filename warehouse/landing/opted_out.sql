-- Posts that are held and whose author has opted out since: everything of them goes, and the author's account and acts
-- with the last of the author's posts. The sieve's hash stays.
create temp table if not exists staged_leaving (platform text, post_id text, account_id text) on commit delete rows;
delete from staged_leaving;

insert into staged_leaving (platform, post_id, account_id)
select i.platform, i.post_id, i.account_id
from staged_sieved k
join core.item i on i.campaign = :campaign and i.platform = k.platform and i.post_id = k.key
where k.reason = 'opted_out';

delete from raw.item r using staged_leaving l
where r.campaign = :campaign and r.platform = l.platform and r.key = l.post_id;

delete from core.item i using staged_leaving l
where i.campaign = :campaign and i.platform = l.platform and i.post_id = l.post_id;

-- An act may name whom it is towards by post or handle only.
delete from core.interaction a using staged_leaving l
where a.campaign = :campaign and a.platform = l.platform and a.target_post = l.post_id;

delete from staged_leaving l
where exists (select from core.item i where i.platform = l.platform and i.account_id = l.account_id);

delete from core.interaction a using staged_leaving l
where a.platform = l.platform and l.account_id in (a.actor_account, a.target_account);

delete from core.interaction a using staged_leaving l, core.account_handle h
where h.platform = l.platform and h.account_id = l.account_id
  and a.platform = l.platform and a.target_account is null and a.target_handle = h.handle;

delete from core.item_copy c using staged_leaving l where c.platform = l.platform and c.account_id = l.account_id;

delete from core.account a using staged_leaving l where a.platform = l.platform and a.account_id = l.account_id;
