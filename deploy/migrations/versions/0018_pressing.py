"""Who owns a leader-led case, the committee's months, and the intercession log, which nobody changes."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE routing.cases ADD COLUMN leader text",
    "CREATE INDEX cases_led ON routing.cases (left(petition, 6), leader) WHERE leader IS NOT NULL",
    """
    CREATE TABLE routing.monthly_hearings (
        district text NOT NULL, month date NOT NULL, held boolean NOT NULL, over boolean NOT NULL,
        PRIMARY KEY (district, month))
    """,
    """
    CREATE TABLE routing.intercessions (
        district text NOT NULL, number integer NOT NULL, petition text NOT NULL, manner text NOT NULL,
        by_kind text NOT NULL, by_actor text, happened_on date NOT NULL, document text NOT NULL, digest text NOT NULL,
        recorded_by text NOT NULL, recorded_at timestamptz NOT NULL, previous bytea NOT NULL, hash bytea NOT NULL,
        PRIMARY KEY (district, number))
    """,
    "CREATE INDEX intercessions_petition ON routing.intercessions (petition)",
    # 监察法66: the service adds to the log. Nobody with its password edits it, nor does the tables' owner by mistake.
    "REVOKE UPDATE, DELETE ON routing.intercessions FROM xf_routing",
    """
    CREATE FUNCTION routing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'routing.intercessions is only added to'; END $$
    """,
    """
    CREATE TRIGGER intercessions_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON routing.intercessions
    FOR EACH STATEMENT EXECUTE FUNCTION routing.refuse_change()
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
