alter table core.campaign add column small_group int not null default 5 check (small_group >= 3);
comment on column core.campaign.small_group is 'How many people a group must have before anything of it is shown to everybody.';

comment on column metrics.frozen_publication.label is 'What it was frozen for; used once in a campaign.';
comment on column metrics.frozen_publication.frozen_at is 'When it was frozen; as_of says up to when was known what it says.';
comment on column metrics.frozen_row.table_name is 'The table, without its schema.';
comment on column metrics.frozen_row.row_no is 'Its place in the table, from 1.';
comment on column metrics.frozen_row.row is 'The row as it was published, column -> value.';
