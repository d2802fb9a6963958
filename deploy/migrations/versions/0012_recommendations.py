"""Confirmed petitions by the accused's unit, and when an item falls due."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE intake.confirmed (
        petition text PRIMARY KEY, unit text NOT NULL, concluded_on date NOT NULL, item text)
    """,
    "CREATE INDEX confirmed_uncounted ON intake.confirmed (left(petition, 6), unit) WHERE item IS NULL",
    "CREATE INDEX confirmed_items ON intake.confirmed (item) WHERE item IS NOT NULL",
    "ALTER TABLE intake.items ADD COLUMN due_at timestamptz",
    "CREATE INDEX items_due ON intake.items (left(item, 6), due_at) WHERE due_at IS NOT NULL",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
