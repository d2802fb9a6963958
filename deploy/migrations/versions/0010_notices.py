"""Notices to reporters: when the next will be overdue, and the mails that are to be sent."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE intake.petitions ADD COLUMN notice_due_at timestamptz",
    """CREATE INDEX petitions_notice_due ON intake.petitions (left(petition, 6), notice_due_at)
    WHERE notice_due_at IS NOT NULL""",
    """CREATE TABLE intake.mails (
    petition text NOT NULL, notice text NOT NULL, sending integer NOT NULL, document uuid NOT NULL,
    failures integer NOT NULL DEFAULT 0, posted_at timestamptz NOT NULL DEFAULT now(),
    next_at timestamptz NOT NULL DEFAULT now(), outcome text, PRIMARY KEY (petition, notice, sending))""",
)


def upgrade() -> None:
    """Add to intake's schema."""
    for statement in STATEMENTS:
        op.execute(statement)
