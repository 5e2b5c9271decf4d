create index on people.person_handle (platform, stable_id);
