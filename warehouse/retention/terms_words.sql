-- The words of the posts that terms.sql found, in every version and copy.
update core.item set title = null, text = null
where campaign = :campaign and platform = :platform and post_id in (select post_id from stale)
  and (title is not null or text is not null)
returning platform;

update core.item_version set title = null, text = null
where campaign = :campaign and platform = :platform and post_id in (select post_id from stale)
  and (title is not null or text is not null)
returning platform;

update core.item_copy set title = null, text = null
where campaign = :campaign and platform = :platform and post_id in (select post_id from stale)
  and (title is not null or text is not null)
returning platform
