create table people.suppression_key (
  only_one  boolean primary key default true check (only_one),
  key_check text not null check (key_check <> '')
);
comment on table people.suppression_key is 'Which key the hashes of this warehouse were made with, once one was used. The key itself is kept outside the database.';
comment on column people.suppression_key.only_one is 'There is one row, or none yet.';
comment on column people.suppression_key.key_check is 'By which the key is recognised and cannot be found: a keyed hash of a fixed sentence, cut short.';
