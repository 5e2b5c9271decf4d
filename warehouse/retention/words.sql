update core.item set title = null, text = null, evidence = null
where campaign = :campaign and (title is not null or text is not null or evidence is not null)
returning platform;

update core.item_version set title = null, text = null
where campaign = :campaign and (title is not null or text is not null)
returning platform;

update core.item_copy set title = null, text = null, evidence = null
where campaign = :campaign and (title is not null or text is not null or evidence is not null)
returning platform
