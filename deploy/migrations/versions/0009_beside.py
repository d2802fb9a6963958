"""The work beside petitions: items, their numbers and villages, counts by village, contacts that were rated."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE TABLE intake.items (item text PRIMARY KEY, state jsonb NOT NULL)",
    """
    CREATE TABLE intake.item_serials (
        district text NOT NULL, letter text NOT NULL, year integer NOT NULL, last integer NOT NULL,
        PRIMARY KEY (district, letter, year))
    """,
    "CREATE TABLE intake.item_places (item text PRIMARY KEY, village text NOT NULL, serves boolean NOT NULL)",
    "CREATE INDEX item_places_serving ON intake.item_places (left(item, 6)) WHERE serves",
    """
    CREATE TABLE intake.village_counts (
        village text NOT NULL, year integer NOT NULL, petitions integer NOT NULL, PRIMARY KEY (village, year))
    """,
    """
    CREATE TABLE intake.contacts (
        petition text NOT NULL, contact text NOT NULL, rated boolean NOT NULL, PRIMARY KEY (petition, contact))
    """,
)


def upgrade() -> None:
    """Add to intake's schema."""
    for statement in STATEMENTS:
        op.execute(statement)
