"""Corrections beside each count, the quarter's feedback of results, and which year was analysed."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE metrics.counts ADD COLUMN corrections bigint NOT NULL DEFAULT 0, ADD COLUMN corrected_on date",
    """
    CREATE TABLE metrics.analyses (
        district text NOT NULL, year int NOT NULL, prepared_on date NOT NULL, PRIMARY KEY (district, year))
    """,
    "ALTER TABLE review.cases ADD COLUMN due_at timestamptz",
    "CREATE INDEX cases_fed_back ON review.cases (left(petition, 6), due_at) WHERE due_at IS NOT NULL",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
