-- Acts that are held and may not be any more: one of the two has opted out, or it is not public now.
delete from core.interaction a
using staged_refused r
where a.campaign = :campaign and a.platform = r.platform and a.interaction_id = r.interaction_id
