"""By which calendar intake's petitions were counted; and cases whose superior or letters a calendar moves are found."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE intake.calendars (
        district text PRIMARY KEY, revision text NOT NULL, turn integer NOT NULL, past text, begun_on date NOT NULL)
    """,
    # Their clocks stood in no column: the next tick counts them once, and from then on each calendar finds them.
    """
    UPDATE routing.cases SET counted_by = '' WHERE state->>'status' <> 'withdrawn'
        AND (state->>'status' = 'sent_up' OR state->'pressing' ? 'letters')
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
