"""What is destroyed with a petition on a real database: every table of intake that names it, but its state."""

import asyncpg
from sqlmodel import SQLModel

import services.catalogue  # noqa: F401 - importing declares the tables
from services.intake.vault.shelf import destroy
from tests.rules.given import NUMBER

OTHER = f"{NUMBER[:-1]}8"
LEFT = {"petitions", "receipts", "handed_over", "unsigned", "readings"}
"""Number and state; that it has a receipt; codes; what is looked for and then found gone; who has read what."""
ROWS = {
    "vault": "(petition, wrapped_key) VALUES ($1, '')",
    "documents": "(id, petition, kind, ciphertext, salt, digest)"
    " VALUES (gen_random_uuid(), $1, 'petition', '', '', '')",
    "signatures": "(petition, entries, body) VALUES ($1, '{1}', '')",
    "contacts": "(petition, contact, rated) VALUES ($1, 'reception', true)",
    "mails": "(petition, notice, sending, document) VALUES ($1, 'acceptance_1', 1, gen_random_uuid())",
    "confirmed": "(petition, unit, concluded_on) VALUES ($1, 'unit_1', now())",
}


def naming() -> set[str]:
    """Intake's tables with a column for a petition."""
    tables = SQLModel.metadata.tables.values()
    return {table.name for table in tables if table.schema == "intake" and "petition" in table.columns}


def test_every_table_that_names_a_petition_is_destroyed_or_is_said_to_be_left() -> None:
    assert naming() == ROWS.keys() | LEFT


async def test_nothing_of_a_destroyed_petition_is_left_and_all_of_the_others(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        for table, row in ROWS.items():
            for petition in (NUMBER, OTHER):
                await connection.execute(f"INSERT INTO intake.{table} {row}", petition)
        await destroy(connection, [NUMBER])
        for table in ROWS:
            left = await connection.fetch(f"SELECT petition FROM intake.{table}")
            assert [row["petition"] for row in left] == [OTHER], table
    finally:
        await connection.close()
