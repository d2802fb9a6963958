"""How many crossed cases each unit was given in a civil year."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE routing.loads (
        district text, year integer, unit text, given integer NOT NULL, PRIMARY KEY (district, year, unit))
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
