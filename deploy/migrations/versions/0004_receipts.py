"""Receipts in a table of their own, for sealed petitions too; ``vault.receipt`` is copied, then written no more."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE intake.receipts (
        digest bytea PRIMARY KEY, petition text NOT NULL, made_at timestamptz NOT NULL, replaced_at timestamptz)
    """,
    "CREATE INDEX ix_intake_receipts_petition ON intake.receipts (petition)",
    """
    INSERT INTO intake.receipts (digest, petition, made_at)
    SELECT receipt, petition, now() FROM intake.vault WHERE receipt IS NOT NULL
    """,
)


def upgrade() -> None:
    """Expand. The migration that drops the old column copies once more: old processes may write it until then."""
    for statement in STATEMENTS:
        op.execute(statement)
