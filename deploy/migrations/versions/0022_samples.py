"""When cases were concluded, and what is to be cleared up, so that both are found; which files were sampled."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE review.cases ADD COLUMN concluded_on date",
    "UPDATE review.cases SET concluded_on = (state ->> 'concluded_on')::date WHERE state ->> 'status' = 'concluded'",
    "CREATE INDEX cases_concluded ON review.cases (left(petition, 6), concluded_on) WHERE concluded_on IS NOT NULL",
    """
    CREATE INDEX cases_to_clear ON review.cases (left(petition, 6))
    WHERE state @? '$.case.clarifying.items[*] ? (@.stage == "approved")'
    """,
    """
    CREATE TABLE review.samples (
        district text NOT NULL, period text NOT NULL, drawn_on date NOT NULL, PRIMARY KEY (district, period))
    """,
    """
    CREATE TABLE review.sampled (
        district text NOT NULL, period text NOT NULL, petition text NOT NULL, handed_out boolean NOT NULL,
        PRIMARY KEY (district, period, petition))
    """,
    "CREATE INDEX sampled_waiting ON review.sampled (district) WHERE NOT handed_out",
    # A draw stands: what was drawn can neither be drawn again nor be left out.
    "REVOKE UPDATE, DELETE ON review.samples FROM xf_review",
    "REVOKE UPDATE, DELETE ON review.sampled FROM xf_review",
    "GRANT UPDATE (handed_out) ON review.sampled TO xf_review",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
