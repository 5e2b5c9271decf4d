-- What was kept out earlier and may be kept now (a post that became public) is an item, and no longer counted as kept out.
delete from core.sieved k
using staged_item s
where k.campaign = :campaign and k.platform = s.platform and k.item_hash = s.item_hash
