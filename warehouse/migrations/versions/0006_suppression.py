"""By which of their names somebody who opted out was recognised, when another one of theirs was met beside it."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = """
alter table people.suppression add column learnt_from bytea;
comment on column people.suppression.learnt_from is
  'The hash beside which this one was met (a handle and its id); NULL: it was told. Both are lifted together.';
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
