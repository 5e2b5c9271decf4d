create table people.analyst_key (
  only_one boolean primary key default true check (only_one),
  key      bytea not null check (octet_length(key) = 32)
);
comment on table people.analyst_key is 'The secret of the keys by which analysts see people, posts and accounts. Made here, once; only the warehouse''s owner can read it.';
comment on column people.analyst_key.only_one is 'There is one row.';
comment on column people.analyst_key.key is '32 bytes out of three random UUIDs of 122 random bits each. It never leaves the database.';
insert into people.analyst_key (key)
select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- PostgreSQL lets everybody execute a new function; ours are for those whom warehouse/roles names.
alter default privileges revoke execute on functions from public;
