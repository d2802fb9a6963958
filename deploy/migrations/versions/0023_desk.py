"""What waits for whom, what was said on a case, and the keys for which the vault encrypts what a person reads."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Columns of their own: an index over the state itself would make each of its updates touch every index.
    "ALTER TABLE intake.petitions ADD COLUMN to_screen boolean",
    "UPDATE intake.petitions SET to_screen = true WHERE state->>'status' = 'registered'",
    "CREATE INDEX petitions_to_screen ON intake.petitions (left(petition, 6), petition) WHERE to_screen",
    "ALTER TABLE routing.cases ADD COLUMN in_hand text",
    "UPDATE routing.cases SET in_hand = state->>'unit' WHERE state->>'status' = 'open'",
    "CREATE INDEX cases_in_hand ON routing.cases (left(petition, 6), in_hand) WHERE in_hand IS NOT NULL",
    """
    CREATE TABLE intake.reading_keys (
        signer text NOT NULL, key text NOT NULL, person text NOT NULL, x text NOT NULL,
        enrolled_at timestamptz NOT NULL, revoked_at timestamptz, PRIMARY KEY (signer, key))
    """,
    """
    CREATE TABLE review.timeline (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        petition text NOT NULL, said_at timestamptz NOT NULL, type text NOT NULL, body jsonb NOT NULL)
    """,
    "CREATE INDEX timeline_petition ON review.timeline (petition, id)",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
