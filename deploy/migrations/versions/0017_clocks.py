"""Which calendar a case's clocks were counted by, and which missing years a district was warned of."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE routing.cases ADD COLUMN counted_by text",
    """
    CREATE INDEX cases_counted ON routing.cases (left(petition, 6), counted_by) WHERE counted_by IS NOT NULL
    """,
    "DROP INDEX routing.cases_due",
    "CREATE INDEX cases_due ON routing.cases (left(petition, 6), due_at, petition) WHERE due_at IS NOT NULL",
    """
    CREATE TABLE routing.districts (
        district text NOT NULL, year int NOT NULL, warned_on date NOT NULL, PRIMARY KEY (district, year))
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
