"""Persons' keys, and how the chains of cases ended when they were last published."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE review.keys (key text PRIMARY KEY, state jsonb NOT NULL, district text NOT NULL)
    """,
    "CREATE INDEX keys_of_district ON review.keys (district)",
    # Once a day all cases of a district are looked through for chains that have grown.
    "CREATE INDEX cases_of_district ON review.cases (left(petition, 6))",
    """
    CREATE TABLE review.published_heads (
        petition text PRIMARY KEY, place integer NOT NULL, head text NOT NULL)
    """,
    "CREATE INDEX published_heads_of_district ON review.published_heads (left(petition, 6))",
    """
    CREATE TABLE review.publications (
        district text NOT NULL, number integer NOT NULL, published_on date NOT NULL, hash text NOT NULL,
        PRIMARY KEY (district, number))
    """,
    # A publication that its service could take back would prove nothing.
    "REVOKE UPDATE, DELETE ON review.publications FROM xf_review",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
