"""Rotation of the master key: the next key, and every data key wrapped anew, in pages; documents stay as they are."""

from collections.abc import Callable
from pathlib import Path

import asyncpg

from services.runtime.inbox import Connection

from . import documents
from .masters import Masters, make_next, name_of, versions

PAGE = 500


async def rotate(url: str, folder: Path, progress: Callable[[int, int], None], *, page: int = PAGE) -> list[str]:
    """Bring every data key under the newest master key; returns the key files that nothing here uses any more.

    Interrupted, it goes on with the key that it had made; only when all is under the newest does it make another.
    progress: called with how many are done, and of how many. Raises StartError where there is no key at all.
    """
    masters = Masters(folder)
    connection = await asyncpg.connect(url)
    try:
        newest, _ = masters.newest()
        if not await _left(connection, newest):
            make_next(folder)
            newest, _ = masters.newest()
        total, done = await _left(connection, newest), 0
        # A round that was under way writes under the key before: look again until there is none.
        while await _left(connection, newest):
            after = ""
            while moved := await _rewrap(connection, masters, newest, after, page):
                after, count = moved
                done += count
                progress(done, max(total, done))
        used = await _used(connection)
    finally:
        await connection.close()
    return [f"{name_of(version)}.secret" for version in versions(folder) if version not in {*used, newest}]


async def _left(connection: Connection, newest: int) -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM intake.vault WHERE key_version < $1", newest)
    return count


async def _used(connection: Connection) -> set[int]:
    """The versions in use; waits for whoever is writing, so that nothing is missed."""
    async with connection.transaction():
        await connection.execute("LOCK TABLE intake.vault IN SHARE MODE")
        rows = await connection.fetch("SELECT DISTINCT key_version FROM intake.vault")
    return {row["key_version"] for row in rows}


async def _rewrap(
    connection: Connection, masters: Masters, newest: int, after: str, page: int
) -> tuple[str, int] | None:
    """One page in one transaction; the last petition of it and how many there were."""
    async with connection.transaction():
        rows = await connection.fetch(
            "SELECT petition, wrapped_key, key_version FROM intake.vault"
            " WHERE petition > $1 AND key_version < $2 ORDER BY petition LIMIT $3 FOR UPDATE",
            after,
            newest,
            page,
        )
        if not rows:
            return None
        await connection.execute(
            "UPDATE intake.vault v SET wrapped_key = u.wrapped_key, key_version = $3"
            " FROM unnest($1::text[], $2::bytea[]) AS u (petition, wrapped_key) WHERE v.petition = u.petition",
            [row["petition"] for row in rows],
            [
                documents.wrap(
                    documents.unwrap(row["wrapped_key"], masters.key(row["key_version"])), masters.key(newest)
                )
                for row in rows
            ],
            newest,
        )
    return rows[-1]["petition"], len(rows)
