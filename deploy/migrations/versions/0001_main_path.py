"""The main path: each service's schema and role, inbox, rounds and clock; petitions, vault, cases, counts."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RUNTIME = """
CREATE TABLE {s}.inbox (
    key bytea PRIMARY KEY, body_hash bytea NOT NULL, round_id bytea NOT NULL, stream text, sequence bigint);
CREATE TABLE {s}.rounds (
    id bytea PRIMARY KEY, said_at timestamptz NOT NULL DEFAULT now(), outputs bytea NOT NULL, sequences bigint[]);
ALTER TABLE {s}.rounds ALTER COLUMN outputs SET STORAGE EXTERNAL;
CREATE INDEX rounds_unpublished ON {s}.rounds (id) WHERE sequences IS NULL;
CREATE TABLE {s}.clock (district text PRIMARY KEY, now timestamptz NOT NULL);
"""
OWN = {
    "intake": """
CREATE TABLE intake.petitions (petition text PRIMARY KEY, state jsonb NOT NULL);
CREATE TABLE intake.serials (
    district text NOT NULL, year integer NOT NULL, last integer NOT NULL, PRIMARY KEY (district, year));
CREATE TABLE intake.vault (petition text PRIMARY KEY, wrapped_key bytea NOT NULL, receipt bytea UNIQUE);
CREATE TABLE intake.documents (
    id uuid PRIMARY KEY, petition text NOT NULL, kind text NOT NULL,
    ciphertext bytea NOT NULL, salt bytea NOT NULL, digest bytea NOT NULL);
CREATE INDEX ix_intake_documents_petition ON intake.documents (petition);
""",
    "routing": """
CREATE TABLE routing.cases (petition text PRIMARY KEY, state jsonb NOT NULL, due_at timestamptz);
CREATE INDEX cases_due ON routing.cases (left(petition, 6), due_at) WHERE due_at IS NOT NULL;
""",
    "review": "CREATE TABLE review.cases (petition text PRIMARY KEY, state jsonb NOT NULL);",
    "metrics": """
CREATE TABLE metrics.counts (
    district text NOT NULL, counter text NOT NULL, month date NOT NULL, scope text NOT NULL,
    amount bigint NOT NULL, changes bigint NOT NULL, as_of timestamptz NOT NULL,
    PRIMARY KEY (district, counter, month, scope)) WITH (fillfactor = 70);
CREATE TABLE metrics.dirty (
    district text NOT NULL, counter text NOT NULL, month date NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (district, counter, month)) WITH (fillfactor = 70);
CREATE TABLE metrics.published (district text PRIMARY KEY, month date NOT NULL);
""",
}
ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'xf_{s}') THEN CREATE ROLE xf_{s} NOLOGIN; END IF;
END $$;
GRANT USAGE ON SCHEMA {s} TO xf_{s};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {s} TO xf_{s};
ALTER DEFAULT PRIVILEGES IN SCHEMA {s} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO xf_{s};
"""


def upgrade() -> None:
    """Create everything; a service's role sees its own schema and no other."""
    for service, tables in OWN.items():
        script = f"CREATE SCHEMA IF NOT EXISTS {service};" + (RUNTIME + tables).format(s=service)
        script += ROLE.format(s=service)
        for statement in _statements(script):
            op.execute(statement)


def _statements(script: str) -> list[str]:
    """asyncpg prepares one statement at a time; the role's block is one."""
    head, block, tail = script.partition("DO $$")
    body, _, tail = tail.partition("END $$;")
    parts = [*head.split(";"), block + body + "END $$", *tail.split(";")]
    return [part.strip() for part in parts if part.strip()]
