"""When a petition that is still to be looked up was registered, and in which district."""

from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    # With a default: replicas of the version before write rows without it while this one is rolled out.
    "ALTER TABLE intake.unsigned ADD COLUMN at timestamptz NOT NULL DEFAULT now()",
    "UPDATE intake.unsigned SET at = c.now FROM intake.clock c WHERE c.district = left(petition, 6)",
    "CREATE INDEX unsigned_by_district ON intake.unsigned (left(petition, 6), petition)",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
