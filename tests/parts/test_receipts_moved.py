"""Receipts that were given before they had a table of their own still lead to their petitions."""

import asyncio

import asyncpg
import pytest

from services.runtime import migrate


@pytest.mark.parametrize("revision", ["0003", "0004"])
def test_the_migrations_take_every_receipt_with_them_whenever_it_was_written(
    empty_database: str, revision: str
) -> None:
    migrate.upgrade(empty_database, revision)

    async def before() -> None:
        connection = await asyncpg.connect(empty_database)
        await connection.executemany(
            "INSERT INTO intake.vault (petition, wrapped_key, receipt) VALUES ($1, 'k', $2)",
            [("430406-2023-000001", b"one"), ("430406-2023-000002", None), ("430406-2023-000003", b"three")],
        )
        await connection.close()

    async def after() -> list[tuple[str, bytes]]:
        connection = await asyncpg.connect(empty_database)
        rows = await connection.fetch(
            "SELECT petition, digest FROM intake.receipts WHERE replaced_at IS NULL ORDER BY petition"
        )
        await connection.close()
        return [(row["petition"], row["digest"]) for row in rows]

    asyncio.run(before())
    migrate.upgrade(empty_database)
    assert asyncio.run(after()) == [("430406-2023-000001", b"one"), ("430406-2023-000003", b"three")]
