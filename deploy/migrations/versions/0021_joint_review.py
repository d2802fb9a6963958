"""Who has spoken on which version, what waits for whom; and no conclusion without the voices that it needs."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE review.opinions (
        petition text NOT NULL, version integer NOT NULL, actor text NOT NULL, step integer, person text,
        decision text NOT NULL, said_at timestamptz NOT NULL, PRIMARY KEY (petition, version, actor))
    """,
    """
    CREATE UNIQUE INDEX opinions_persons ON review.opinions (petition, version, person) WHERE person IS NOT NULL
    """,
    """
    CREATE TABLE review.demands (
        petition text NOT NULL, version integer NOT NULL, actors text[] NOT NULL, PRIMARY KEY (petition, version))
    """,
    """
    CREATE TABLE review.tasks (
        petition text NOT NULL, actor text NOT NULL, task text NOT NULL, version integer NOT NULL, since timestamptz,
        due_at timestamptz, PRIMARY KEY (petition, actor, task, version))
    """,
    "CREATE INDEX tasks_of_actor ON review.tasks (left(petition, 6), actor, due_at)",
    "ALTER TABLE review.cases ADD COLUMN counted_by text",
    """
    CREATE INDEX cases_counted ON review.cases (left(petition, 6), counted_by) WHERE counted_by IS NOT NULL
    """,
    # Cases that are under way: who has spoken on the running version, and whose report is awaited. Whose turn it is
    # follows from the district file: the next tick finds that their days were never counted, and asks.
    """
    INSERT INTO review.opinions (petition, version, actor, person, decision, said_at)
    SELECT petition, (state->>'version')::int, actor, state->'persons'->>actor, 'agreed', now()
    FROM review.cases, jsonb_array_elements_text(state->'given') AS actor WHERE state->>'status' = 'under_review'
    """,
    """
    INSERT INTO review.tasks (petition, actor, task, version)
    SELECT petition, state->'case'->>'unit', 'report', (state->>'version')::int
    FROM review.cases WHERE state->>'status' = 'awaiting'
    """,
    "UPDATE review.cases SET counted_by = '' WHERE state->>'status' = 'under_review'",
    # What was said is only added to: neither the service nor, by mistake, the tables' owner changes it.
    "REVOKE UPDATE, DELETE ON review.opinions, review.demands FROM xf_review",
    """
    CREATE FUNCTION review.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'review.% is only added to', TG_TABLE_NAME; END $$
    """,
    """
    CREATE TRIGGER opinions_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON review.opinions
    FOR EACH STATEMENT EXECUTE FUNCTION review.refuse_change()
    """,
    """
    CREATE TRIGGER demands_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON review.demands
    FOR EACH STATEMENT EXECUTE FUNCTION review.refuse_change()
    """,
    # 一律: no conclusion without the agreement of everybody whom its chain demands, on exactly that version. Asked at
    # the commit: a round writes its cases before the voices.
    """
    CREATE FUNCTION review.refuse_unheard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        concluded CONSTANT integer := coalesce((NEW.state->>'version')::integer, 1);
        demanded text[];
    BEGIN
        SELECT actors INTO demanded FROM review.demands WHERE petition = NEW.petition AND version = concluded;
        IF coalesce(cardinality(demanded), 0) = 0 THEN
            RAISE EXCEPTION 'review.cases: nobody was asked to sign %, version %', NEW.petition, concluded;
        END IF;
        IF NEW.state->'case'->>'unit' = ANY (demanded) OR NEW.state->'case'->'excluded' ?| demanded THEN
            RAISE EXCEPTION 'review.cases: a signature of % is of somebody who has no part in it', NEW.petition;
        END IF;
        IF EXISTS (
            SELECT FROM unnest(demanded) AS voice LEFT JOIN review.opinions o
            ON o.petition = NEW.petition AND o.version = concluded AND o.actor = voice AND o.decision = 'agreed'
            WHERE o.actor IS NULL)
        OR EXISTS (
            SELECT FROM review.opinions o
            WHERE o.petition = NEW.petition AND o.version = concluded AND o.decision <> 'agreed')
        THEN
            RAISE EXCEPTION 'review.cases: % cannot be concluded, a signature on version % is missing', NEW.petition,
                concluded;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER cases_heard AFTER INSERT ON review.cases DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state->>'status' = 'concluded') EXECUTE FUNCTION review.refuse_unheard()
    """,
    # What was concluded before there was this table stays so: of a concluded case only another version is asked for.
    """
    CREATE CONSTRAINT TRIGGER cases_heard_anew AFTER UPDATE ON review.cases DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (
        NEW.state->>'status' = 'concluded' AND (
            OLD.state->>'status' <> 'concluded' OR OLD.state->>'version' IS DISTINCT FROM NEW.state->>'version'))
    EXECUTE FUNCTION review.refuse_unheard()
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(statement)
