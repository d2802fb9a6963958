"""The vault whole: versions of the master key, the audit of readings, retention, erasures applied again."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE intake.vault ADD COLUMN key_version integer NOT NULL DEFAULT 1",
    """CREATE TABLE intake.readings (
    id bigint PRIMARY KEY, at timestamptz NOT NULL, district text NOT NULL, actor text NOT NULL,
    petition text, document uuid, reason text, granted boolean NOT NULL,
    previous bytea NOT NULL, hash bytea NOT NULL)""",
    # The service adds to the audit; nobody with its password edits it.
    "REVOKE UPDATE, DELETE ON intake.readings FROM xf_intake",
    "CREATE TABLE intake.reapplied (subject text PRIMARY KEY, sequence bigint NOT NULL)",
    "ALTER TABLE intake.petitions ADD COLUMN retained_since timestamptz",
    """UPDATE intake.petitions SET retained_since = (state->>'screened_at')::timestamptz,
    state = state || jsonb_build_object('ended_at', state->'screened_at')
    WHERE state->>'status' IN ('referred', 'declined', 'kept_on_file')""",
    """CREATE INDEX petitions_retained ON intake.petitions (left(petition, 6), retained_since)
    WHERE retained_since IS NOT NULL""",
)


def upgrade() -> None:
    """Add to intake's schema."""
    for statement in STATEMENTS:
        op.execute(statement)
