"""All that one play has left in an installation, in a form in which two plays can be compared.

Left out is only what is random or counts rounds: round ids, vault keys and ciphertexts, hashes, stream sequences, and
which messages shared a round. Years are written YYYY.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from xinfang_contracts.registry import Stream

from services.catalogue import SERVICES
from services.installation import Installation
from services.intake.repeats.seeking import LOCK_SPACE
from services.runtime.inbox import unpack
from services.runtime.incoming import Outgoing
from tests.eventually import eventually

from .script import DISTRICT

SPOKEN = (Stream.EVENTS, Stream.NOTICES, Stream.SEALED)
WHOLE = dict.fromkeys(Stream, 0)
BETWEEN_PLAYS = (".repeat_proposed.v1", ".heads_published.v1")
"""What is said of a play depends on the plays before it: it tells of the same petitions again, or of all there are."""
Snapshot = dict[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of a stream."""

    sequence: int
    subject: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its CloudEvents id."""
        return self.headers["ce-id"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a play began: each stream's last sequence, each service's last round and number of inbox rows."""

    streams: Mapping[Stream, int]
    rounds: Mapping[str, bytes]
    inbox: Mapping[str, int]


def assert_same(found: Snapshot, expected: Snapshot) -> None:
    """AssertionError that names what one has and the other has not, a line each."""
    lines = []
    for section in sorted({*found, *expected}):
        have, want = found.get(section, Counter()), expected.get(section, Counter())
        lines += [f"too much in {section}: {row}" for row in (have - want).elements()]
        lines += [f"missing in {section}: {row}" for row in (want - have).elements()]
    assert not lines, "\n".join(lines)


async def last_sequences(operator: Client) -> dict[Stream, int]:
    """The last sequence of every stream."""
    return {one: (await operator.jetstream().stream_info(one.value)).state.last_seq for one in Stream}


async def stored(operator: Client, stream: Stream, after: int = 0) -> list[Stored]:
    """A stream's messages after a sequence."""
    js = operator.jetstream(timeout=20)
    last = (await js.stream_info(stream.value)).state.last_seq
    limit = asyncio.Semaphore(100)

    async def read(sequence: int) -> Stored | None:
        async with limit:
            try:
                found = await js.get_msg(stream.value, sequence, direct=stream is not Stream.SEALED)
            except NotFoundError:
                return None
        return Stored(sequence, found.subject or "", found.headers or {}, found.data or b"")

    found = await asyncio.gather(*(read(sequence) for sequence in range(after + 1, last + 1)))
    return [one for one in found if one is not None]


async def mark(installation: Installation, operator: Client) -> Mark:
    """Where things stand."""
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        rounds = {one: await connection.fetchval(f"SELECT max(id) FROM {one}.rounds") or b"" for one in SERVICES}
        inbox = {one: await connection.fetchval(f"SELECT count(*) FROM {one}.inbox") for one in SERVICES}
    finally:
        await connection.close()
    return Mark(await last_sequences(operator), rounds, inbox)


async def take(installation: Installation, operator: Client, since: Mark, year: int) -> Snapshot:
    """Everything that is there of a play, after it has all been written and published."""
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await eventually(lambda: is_published(connection), seconds=30)
        found = {name: Counter(rows) for name, rows in (await _tables(connection, year)).items()}
        for service in SERVICES:
            count = await connection.fetchval(f"SELECT count(*) FROM {service}.inbox")
            found[f"{service}.inbox"] = Counter([f"{count - since.inbox[service]} rows"])
    finally:
        await connection.close()
    for stream in (*SPOKEN, Stream.DEAD):
        said = await stored(operator, stream, since.streams[stream])
        found[stream.value] = Counter(_message(one) for one in said if not one.subject.endswith(BETWEEN_PLAYS))
    found[Stream.METRICS.value] = Counter(await _figures(operator, year))
    return {name: _without_year(rows, year) for name, rows in found.items()}


async def unpublished(connection: asyncpg.Connection) -> int:
    """How many rounds have something to say of which it is not known that it was said."""
    counts = [
        await connection.fetchval(f"SELECT count(*) FROM {service}.rounds WHERE sequences IS NULL")
        for service in SERVICES
    ]
    return sum(counts)


async def look_up_no_more(installation: Installation) -> None:
    """Thousands of letters are to be looked up among the earlier ones for minutes; that is not what is tested here."""
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        async with connection.transaction():
            # Whoever is at it has this lock until the round is over.
            await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", LOCK_SPACE, int(DISTRICT))
            await connection.execute("DELETE FROM intake.unsigned")
    finally:
        await connection.close()


async def is_published(connection: asyncpg.Connection) -> bool:
    """Nothing waits to be published or looked up: no round, no figure, no month, no petition."""
    # First: what is looked up is said in a round.
    if await connection.fetchval("SELECT count(*) FROM intake.unsigned"):
        return False
    if await unpublished(connection):
        return False
    if await connection.fetchval("SELECT count(*) FROM metrics.dirty"):
        return False
    behind = await connection.fetchval(
        "SELECT count(*) FROM metrics.clock c LEFT JOIN metrics.published p USING (district)"
        " WHERE p.month IS DISTINCT FROM date_trunc('month', c.now AT TIME ZONE 'Asia/Shanghai')::date"
    )
    return bool(behind == 0)


_OF_PETITION = {
    "intake.petitions": "petition, state::text",
    "intake.vault": "petition",
    "intake.receipts": "petition, replaced_at",
    "intake.documents": "petition, kind",
    "routing.cases": "petition, state::text, due_at",
    "review.cases": "petition, state::text",
}


async def _tables(connection: asyncpg.Connection, year: int) -> dict[str, list[str]]:
    found = {}
    for table, columns in _OF_PETITION.items():
        rows = await connection.fetch(f"SELECT {columns} FROM {table} WHERE petition LIKE $1", f"%-{year}-%")
        found[table] = [_row(row) for row in rows]
    rows = await connection.fetch("SELECT district, year, last FROM intake.serials WHERE year = $1", year)
    found["intake.serials"] = [_row(row) for row in rows]
    rows = await connection.fetch(
        "SELECT * FROM metrics.counts WHERE month BETWEEN $1 AND $2", date(year, 1, 1), date(year, 12, 31)
    )
    found["metrics.counts"] = [_row(row) for row in rows]
    for service in SERVICES:
        found[f"{service}.clock"] = [_row(row) for row in await connection.fetch(f"SELECT * FROM {service}.clock")]
    return found


def _row(row: asyncpg.Record) -> str:
    return json.dumps([str(value) for value in row.values()], ensure_ascii=False)


def _message(one: Stored) -> str:
    """Subject, type, event time and data; of what is sealed, not the ciphertext."""
    data: dict[str, Any] = json.loads(one.body)
    for random in ("content", "sealed"):
        data.pop(random, None)
    said = [one.subject, one.headers["ce-type"], one.headers.get("ce-time"), data]
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


async def _figures(operator: Client, year: int) -> list[str]:
    js = operator.jetstream(timeout=20)
    info = await js.stream_info(Stream.METRICS.value, subjects_filter=">")
    subjects = [one for one in info.state.subjects or {} if one.rsplit(".", 1)[1].startswith(str(year))]
    found = await asyncio.gather(*(js.get_last_msg(Stream.METRICS.value, subject, direct=True) for subject in subjects))
    return [_message(Stored(0, one.subject or "", one.headers or {}, one.data or b"")) for one in found]


_DIGEST = re.compile(r"\b[0-9a-f]{64}\b|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{85}[AQgw](?![A-Za-z0-9_-])")
_BY_WORKING_DAYS = re.compile(r'(due_at\\*": *\\*")YYYY-\d\d-\d\d')
_SAID_BY_WORKING_DAYS = "hand_over_overdue"
_DAY = re.compile(r"YYYY-\d\d-\d\d")


def _without_year(rows: Iterable[str], year: int) -> Counter[str]:
    """Nor with what each play has another of: a digest, a signature; a day so many working days after another."""
    found: Counter[str] = Counter()
    for row, count in Counter(rows).items():
        plain = _DIGEST.sub("DIGEST", row.replace(str(year), "YYYY"))
        if "registered" in plain or "sealed" in plain:
            plain = _BY_WORKING_DAYS.sub(r"\1DAY", plain)
        found[_DAY.sub("DAY", plain) if _SAID_BY_WORKING_DAYS in plain else plain] += count
    return found


# -- what must hold by itself ----------------------------------------------------------------------------------------


async def check_said(installation: Installation, operator: Client, since: Mark | None = None) -> None:
    """What the services' rounds hold is what the streams hold, once each, where the rounds say that it stands.

    Waits until everything is published.
    """
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await eventually(lambda: is_published(connection), seconds=30)
        rounds = [
            row
            for service in SERVICES
            for row in await connection.fetch(
                f"SELECT outputs, sequences FROM {service}.rounds WHERE id > $1 ORDER BY id",
                since.rounds[service] if since else b"",
            )
        ]
    finally:
        await connection.close()
    said: dict[Stream, dict[int, Outgoing]] = {stream: {} for stream in SPOKEN}
    for row in rounds:
        for output, sequence in zip(unpack(row["outputs"]), row["sequences"], strict=True):
            assert sequence not in said[output.stream], "two outputs are said to stand in one place"
            said[output.stream][sequence] = output
    starts = since.streams if since else WHOLE
    for stream in SPOKEN:
        there = await stored(operator, stream, starts[stream])
        # Told to several, a fact has one message for each, so notices share nothing but their fact.
        assert len({one.id for one in there}) == len(there), f"{stream}: a message stands twice"
        assert {one.sequence: (one.id, one.body) for one in there} == {
            sequence: (one.headers["ce-id"], one.body) for sequence, one in said[stream].items()
        }
