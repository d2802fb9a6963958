"""How much was kept on file in each quarter, to be reported to the offices (规则14)."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: what was kept on file before is not counted, and old processes know nothing of the table."""
    op.execute(
        """
        CREATE TABLE intake.filings (
            district text NOT NULL, quarter text NOT NULL, kept_on_file integer NOT NULL,
            of_known_cases integer NOT NULL, is_reported boolean NOT NULL DEFAULT false,
            PRIMARY KEY (district, quarter))
        """
    )
