"""``vault.receipt`` goes, which nothing has read since 0004; what is with a superior is given a retention period."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Processes of before 0004 may have written the old column until they were replaced.
    """
    INSERT INTO intake.receipts (digest, petition, made_at)
    SELECT receipt, petition, now() FROM intake.vault WHERE receipt IS NOT NULL ON CONFLICT DO NOTHING
    """,
    "ALTER TABLE intake.vault DROP COLUMN receipt",
    # Nobody kept the day on which it was sent up: routing does so at once when it is accepted.
    """
    UPDATE intake.petitions SET retained_since = (state->>'screened_at')::timestamptz,
    state = state || jsonb_build_object('above_since', state->'screened_at')
    WHERE state->>'status' = 'accepted' AND state->>'unit' LIKE 'superior%' AND state->>'ended_at' IS NULL
    """,
)


def upgrade() -> None:
    """Contract: no process of before 0004 may be running any more."""
    for statement in STATEMENTS:
        op.execute(statement)
