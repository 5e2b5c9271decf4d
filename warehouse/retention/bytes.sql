delete from raw.item where campaign = :campaign returning platform;

update raw.quarantine set body = '' where campaign = :campaign and body <> '' returning platform
