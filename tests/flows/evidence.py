"""Everything that an installation may have left somewhere, as bytes to be searched."""

import io
from pathlib import Path

import asyncpg
import httpx

from services.installation import Installation


async def tables_and_figures(installation: Installation) -> dict[str, bytes]:
    """A dump of every table, and what every service's ``/metrics`` says."""
    found = {}
    for name, running in installation.running.items():
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{running.port}/metrics")
        found[f"/metrics {name}"] = answer.content
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        tables = await connection.fetch(
            "SELECT schemaname AS schema, tablename AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, name in tables:
            dump = io.BytesIO()
            await connection.copy_from_table(name, schema_name=schema, output=dump)
            found[f"table {schema}.{name}"] = dump.getvalue()
    finally:
        await connection.close()
    return found


def files_at_rest(installation: Installation) -> dict[str, bytes]:
    """What the files hold when the services have ended; the servers still run."""
    for running in installation.running.values():
        running.process.terminate()
        assert running.process.wait(30) == 0
    return files_of(installation.folder)


def files_of(folder: Path) -> dict[str, bytes]:
    """Raw files: the broker's store, the database's cluster, all logs; not the keys, which are nobody's words."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for part in ("nats", "postgres", "logs")
        for path in (folder / part).rglob("*")
        if path.is_file() and not path.is_symlink()
    }
