"""As which petition an item has gone on: what destroys the petition destroys its words too."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE TABLE intake.handed_over (item text PRIMARY KEY, petition text NOT NULL)",
    "CREATE INDEX ix_intake_handed_over_petition ON intake.handed_over (petition)",
    """
    INSERT INTO intake.handed_over
    SELECT item, state->>'petition' FROM intake.items
    WHERE state->>'status' = 'failed' AND state->>'petition' IS NOT NULL
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
