"""What is asked of each platform, so that what never gave an answer is seen to be missing."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = """
create table core.query (
  campaign text not null,
  platform text not null,
  query    text not null,
  primary key (campaign, platform, query)
);
comment on table core.query is 'What the last collection asked of each platform, with an answer or without.';
insert into core.query (campaign, platform, query) select campaign, platform, query from core.watermark;
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
