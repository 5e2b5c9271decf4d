"""Who told us: the roster's file or the person, in the sign-up form. One never takes back what the other said."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = """
alter table people.person_handle add column source text not null default 'roster'
  check (source in ('roster', 'signup'));
comment on column people.person_handle.source is 'roster: the team''s file; signup: the person, in a form.';
alter table people.consent add column source text not null default 'roster' check (source in ('roster', 'signup'));
comment on table people.consent is 'Append-only; each source''s latest word holds, a refusal before all.';
comment on column people.consent.source is 'roster: the team''s file; signup: the person, in a form.';
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
