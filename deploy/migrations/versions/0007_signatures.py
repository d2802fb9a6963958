"""Signatures of petitions, by which repeats are found."""

from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE TABLE intake.unsigned (petition text PRIMARY KEY)",
    "CREATE TABLE intake.signatures (petition text PRIMARY KEY, entries integer[] NOT NULL, body bytea NOT NULL)",
    "CREATE INDEX signatures_entries ON intake.signatures USING gin (entries)",
    # Compressing what is encrypted costs time and saves nothing.
    "ALTER TABLE intake.signatures ALTER COLUMN body SET STORAGE EXTERNAL",
)


def upgrade() -> None:
    """Add to intake's schema."""
    for statement in STATEMENTS:
        op.execute(statement)
