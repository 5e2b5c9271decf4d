"""What each campaign may spend on each platform, and every request that was set aside for it."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = """
create table core.budget (
  campaign    text not null,
  platform    text not null,
  usd         numeric check (usd >= 0),
  usd_a_day   numeric check (usd_a_day >= 0),
  calls       bigint check (calls >= 0),
  calls_a_day bigint check (calls_a_day >= 0),
  day_zone    text not null default 'UTC',
  committed   numeric not null default 0,
  requested   bigint not null default 0,
  primary key (campaign, platform)
);
comment on table core.budget is 'The limits of the campaign file, and what is taken of them. Its row is the lock.';
comment on column core.budget.day_zone is 'IANA zone of the platform''s day, in which the limits of a day begin anew.';
comment on column core.budget.committed is 'US dollars that are spent or set aside; the sum over core.spending.';
comment on column core.budget.requested is 'Requests that were set aside, answered or not.';

create table core.spending (
  ticket      bigint generated always as identity primary key,
  campaign    text not null,
  platform    text not null,
  run_id      uuid,
  reserved_at timestamptz not null,
  settled_at  timestamptz,
  most        numeric not null check (most >= 0),
  cost        numeric check (cost >= 0),
  state       text not null default 'reserved' check (state in ('reserved', 'settled')),
  check ((state = 'settled') = (cost is not null)),
  check ((state = 'settled') = (settled_at is not null)),
  foreign key (campaign, platform) references core.budget on delete cascade
);
create index on core.spending (campaign, platform, reserved_at);
comment on table core.spending is 'One row per request under a budget. One that stays reserved counts in full.';
comment on column core.spending.most is 'US dollars that were set aside before the request.';
comment on column core.spending.state is 'reserved: not answered yet, or the answer was lost and may have been billed.';
comment on column core.spending.cost is 'US dollars that the answer cost; NULL until that is known.';
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
