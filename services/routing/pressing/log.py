"""The rows of the intercession log, chained by hash for each district; only added to."""

import hashlib
import json
from datetime import UTC, date, datetime

from xinfang_contracts.intercession import IntercessionRecorded

from services.runtime.inbox import Connection

from .intercession import Entered

FIRST = bytes(32)
"""What the first row of a district follows."""
_LOCK = int.from_bytes(b"pleading")
"""Advisory: two replicas would follow the same row."""
_PAGE = 1000
COLUMNS = (
    *("district", "number", "petition", "manner", "by_kind", "by_actor", "happened_on", "document", "digest"),
    *("recorded_by", "recorded_at", "previous", "hash"),
)
Cell = str | int | date | datetime | bytes | None


def row_of(district: str, number: int, entered: Entered, previous: bytes) -> tuple[Cell, ...]:
    """A row as it stands in the table, its hash last."""
    fact: IntercessionRecorded = entered.fact
    cells: tuple[Cell, ...] = (
        *(district, number, fact.petition, str(fact.manner), str(fact.by_kind), fact.by, fact.on),
        *(fact.document.document, fact.document.digest, fact.recorded_by, entered.at, previous),
    )
    return (*cells, hash_of(cells))


def hash_of(cells: tuple[Cell, ...]) -> bytes:
    """SHA-256 over a row, the hash before it included."""
    return hashlib.sha256(json.dumps([_text(cell) for cell in cells], separators=(",", ":")).encode()).digest()


def _text(cell: Cell) -> str | int | None:
    match cell:
        case datetime():
            return cell.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return cell.isoformat()
        case bytes():
            return cell.hex()
        case _:
            return cell


async def add(connection: Connection, entries: list[tuple[str, Entered]]) -> None:
    """Write rows at the chains' ends, in the caller's transaction, which holds up every other until it ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    rows = []
    ends: dict[str, tuple[int, bytes]] = {}
    for district, entered in entries:
        number, previous = ends.get(district) or await _end(connection, district)
        rows.append(row_of(district, number + 1, entered, previous))
        ends[district] = number + 1, bytes(rows[-1][-1])  # type: ignore[arg-type]
    places = ", ".join(f"${i}" for i in range(1, len(COLUMNS) + 1))
    await connection.executemany(f"INSERT INTO routing.intercessions ({', '.join(COLUMNS)}) VALUES ({places})", rows)


async def _end(connection: Connection, district: str) -> tuple[int, bytes]:
    last = await connection.fetchrow(
        "SELECT number, hash FROM routing.intercessions WHERE district = $1 ORDER BY number DESC LIMIT 1", district
    )
    return (last["number"], last["hash"]) if last else (0, FIRST)


async def first_broken(connection: Connection, district: str) -> int | None:
    """The number of the first row that was changed, taken out or put in; None when the chain holds."""
    expected, previous = 1, FIRST
    while rows := await connection.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM routing.intercessions WHERE district = $1 AND number >= $2"
        " ORDER BY number LIMIT $3",
        district,
        expected,
        _PAGE,
    ):
        for row in rows:
            cells = tuple(row)
            if row["number"] != expected or row["previous"] != previous or row["hash"] != hash_of(cells[:-1]):
                return expected
            expected, previous = expected + 1, row["hash"]
    return None
