"""What the tests of single doors share: an installation with its secret files, and what it must not have told."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from services.installation import Installation
from services.runtime import keys


def open_door(installation: Installation, name: str, content: dict[str, Any]) -> None:
    """Write a channel's secret file, and let intake read it."""
    path = installation.folder / "keys" / f"{name}.secret.json"
    keys.write_secret(path, json.dumps(content))
    assert path.stat().st_mode & 0o777 == 0o600
    restart(installation)


def restart(installation: Installation) -> None:
    """Intake, killed and started again."""
    installation.kill_service("intake")
    installation.start_service("intake")
    installation.wait_ready(["intake"])


def base_url(installation: Installation) -> str:
    """Where intake's doors are."""
    return f"http://127.0.0.1:{installation.running['intake'].port}"


def refusal(response: httpx.Response, status: int, *, silent: str) -> tuple[str, list[str]]:
    """The reason and the places of an error, which must be bilingual, and silent about what was sent."""
    assert response.status_code == status, response.text
    assert silent not in response.text
    body = response.json()
    assert " / " in body["text"] and all(" / " in fault["what"] for fault in body["errors"])
    return body["reason"], [fault["where"] for fault in body["errors"]]


def query(installation: Installation, statement: str, *arguments: Any) -> Any:
    """One value from the database, as its owner."""

    async def run() -> Any:
        connection = await asyncpg.connect(installation.postgres.url)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()

    return asyncio.run(run())


def petitions(installation: Installation) -> int:
    """How many there are."""
    return int(query(installation, "SELECT count(*) FROM intake.petitions"))


def traits(installation: Installation, number: str) -> dict[str, Any]:
    """What is told of one outside the vault."""
    found = query(installation, "SELECT state->>'traits' FROM intake.petitions WHERE petition = $1", number)
    known: dict[str, Any] = json.loads(found)
    return known


def told(installation: Installation, words: list[str]) -> dict[Path, str]:
    """Which of the words stands in which file: logs, streams, write-ahead log and tables."""
    found: dict[Path, str] = {}
    for path in installation.folder.rglob("*"):
        # The servers are running: a file that was listed may be gone.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                found |= {path.relative_to(installation.folder): word for word in words if word.encode() in content}
    return found
