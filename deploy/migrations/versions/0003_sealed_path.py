"""When something falls due with intake: the principal's duty to report up, the receiving of what came from above."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, and an index of the few rows that have it."""
    op.execute("ALTER TABLE intake.petitions ADD COLUMN due_at timestamptz")
    op.execute("CREATE INDEX petitions_due ON intake.petitions (left(petition, 6), due_at) WHERE due_at IS NOT NULL")
