alter table core.campaign add column small_group int not null default 5 check (small_group >= 3);
comment on column core.campaign.small_group is 'How many people a group must have before anything of it is shown to everybody.';
