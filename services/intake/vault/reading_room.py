"""Where the vault is read: a question over core NATS, its audit row, then an answer that the asker alone can open."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from xinfang_contracts.district import District
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.vault import (
    DocumentKind,
    DocumentRead,
    ItemDocumentRead,
    KeptDocument,
    ReadDocument,
    ReadRefusal,
    ReadRefused,
)

from services.runtime import keys
from services.runtime.errors import StartError
from services.runtime.inbox import Connection
from services.runtime.log import failure, place

from ..beside.erasure import first_text, texts_of
from ..beside.erasure import may_read as may_read_item
from ..beside.tables import ITEMS
from ..repeats.cases import with_handler
from ..state import Registered, Screened
from ..store import STATES
from . import audit, documents
from .masters import Masters
from .readership import barred, may_read, may_read_letter
from .reapply import reapply

log = structlog.get_logger()

PART_BYTES = 524_288
"""Of plaintext in one answer: as a JWE it stays below the broker's 1 MiB."""
READ = BY_TYPE["intake.read_document.v1"]
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it is kept, with what opens it. ``petition``: under whose data key, an item's words may too."""

    petition: str
    id: UUID
    kind: str
    ciphertext: bytes
    wrapped_key: bytes
    key_version: int
    others: tuple[KeptDocument, ...] = ()


class ReadingRoom:
    """Answers questions to read; any number of replicas may. It opens when what was erased has been erased again."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        client: Callable[[], Client],
        districts: Mapping[str, District],
        key_folder: Path,
        masters: Masters,
        now: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._client = client
        self._districts = districts
        self._keys = key_folder
        self._masters = masters
        self._now = now
        self._opening: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None

    def start(self) -> None:
        """Begin."""
        self._opening = asyncio.create_task(self._open())

    async def stop(self) -> None:
        """Answer what was asked, and no more."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._subscription is not None and self._client().is_connected:
            with contextlib.suppress(NatsError, OSError, RuntimeError):
                await self._subscription.drain()  # type: ignore[no-untyped-call]

    def wrong(self) -> list[str]:
        """Not ready before it is open."""
        if self._subscription is not None:
            return []
        return ["销毁尚未重新执行 / erasures have not been applied again yet"]

    async def _open(self) -> None:
        while self._subscription is None:
            try:
                count = await reapply(self._pool, self._client().jetstream())
                log.info("erasures.reapplied", facts=count)
                self._subscription = await self._client().subscribe(READ.subject("*", "*"), "intake", self._on_question)
            except Exception as error:  # noqa: BLE001 - tried again, and not ready until then
                log.warning("erasures.not_reapplied", error=failure(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _on_question(self, question: Msg) -> None:
        if not question.reply:
            return
        try:
            answer = await self._answer(question)
        except Exception as error:  # noqa: BLE001 - the asker asks again; only class and place may be told
            log.error("reading.failed", error=failure(error), at=place(error))
            answer = ReadRefused(reason=ReadRefusal.TRY_AGAIN)
        await question.respond(answer.model_dump_json(exclude_none=True).encode())

    async def _answer(self, question: Msg) -> Message:
        """Who asks is taken from the subject, which the server has checked against the credential."""
        tokens = question.subject.split(".")
        code, actor = tokens[1], tokens[-1]
        try:
            asked = ReadDocument.model_validate_json(question.data)
            wanted = None if asked.document is None else UUID(asked.document)
        except ValueError:
            asked, wanted = None, None
        async with self._pool.acquire() as connection, connection.transaction():
            found = await self._find(connection, self._districts.get(code), actor, asked, wanted)
            reading = audit.Reading(
                at=self._now(),
                district=code,
                actor=actor,
                petition=asked.number if asked else None,
                document=found.id if isinstance(found, Found) else wanted,
                reason=asked.reason if asked else None,
                granted=isinstance(found, Found),
            )
            await audit.add(connection, reading)
        if asked is None or isinstance(found, ReadRefusal):
            refusal = found if isinstance(found, ReadRefusal) else ReadRefusal.WRONG_SHAPE
            return ReadRefused(reason=refusal)
        seal = partial(self._seal, asked, found, f"{code}.{actor}")
        return await documents.beside_the_loop(len(found.ciphertext), seal)

    async def _find(
        self, connection: Connection, district: District | None, actor: str, asked: ReadDocument | None, wanted: Any
    ) -> Found | ReadRefusal:
        """The document, or why not. A stranger is told the same of every petition, be there one or not."""
        if asked is None:
            return ReadRefusal.WRONG_SHAPE
        number, is_addressee = asked.number, False
        if district is None or not number.startswith(f"{district.code}-"):
            return ReadRefusal.NOT_ENTITLED
        if asked.item is not None:
            item = (await ITEMS.load(connection, [number])).get(number)
            entitled, first = may_read_item(item, actor, district), first_text(item)
            own = texts_of(item)
        else:
            state = await with_handler(connection, (await STATES.load(connection, [number])).get(number))
            entitled, first, own = may_read(state, actor, district), None, []
            is_addressee = not entitled and wanted is not None and may_read_letter(state, actor, str(wanted))
        if not entitled and not is_addressee:
            return ReadRefusal.NOT_ENTITLED
        try:
            keys.public_key(self._keys, f"{district.code}.{actor}")
        except StartError:
            return ReadRefusal.NO_KEY
        row = await connection.fetchrow(
            "SELECT petition, id, kind, ciphertext, wrapped_key, key_version"
            " FROM intake.documents JOIN intake.vault USING (petition)"
            " WHERE petition = $1 AND (id = $2 OR $2 IS NULL AND kind = 'petition')"
            " OR id = $2 AND id = ANY($3::uuid[])",
            number,
            wanted or first,
            own,
        )
        if is_addressee and (row is None or row["kind"] != DocumentKind.LETTER):
            # Whoever pressed the unit named the document: nothing but a letter is opened by that.
            return ReadRefusal.NOT_ENTITLED
        if row is None or (asked.part - 1) * PART_BYTES >= max(1, len(row["ciphertext"]) - documents.OVERHEAD):
            return ReadRefusal.UNKNOWN_DOCUMENT
        if row["petition"] != number and not await self._is_open_to(connection, row["petition"], actor):
            return ReadRefusal.NOT_ENTITLED
        return Found(**row, others=() if wanted else await self._others(connection, number, row["id"], own))

    async def _is_open_to(self, connection: Connection, petition: str, actor: str) -> bool:
        """Whether whoever stands on an item may read what was said there on a petition: nobody who is tied to it."""
        state = (await STATES.load(connection, [petition])).get(petition)
        return isinstance(state, Registered | Screened) and actor not in barred(state)

    async def _others(
        self, connection: Connection, number: str, shown: UUID, own: Sequence[UUID]
    ) -> tuple[KeptDocument, ...]:
        rows = await connection.fetch(
            "SELECT id, kind FROM intake.documents WHERE (petition = $1 OR id = ANY($3::uuid[])) AND id <> $2"
            " ORDER BY id",
            number,
            shown,
            own,
        )
        return tuple(KeptDocument(document=str(row["id"]), kind=row["kind"]) for row in rows)

    def _seal(self, asked: ReadDocument, found: Found, asker: str) -> DocumentRead | ItemDocumentRead:
        data_key = documents.unwrap(found.wrapped_key, self._masters.key(found.key_version))
        plaintext = documents.unlock(found.ciphertext, found.petition, data_key)
        start = (asked.part - 1) * PART_BYTES
        sealed = keys.seal(plaintext[start : start + PART_BYTES], keys.public_key(self._keys, asker))
        answer = {
            "document": str(found.id),
            "kind": found.kind,
            "part": asked.part,
            "of": max(1, -(-len(plaintext) // PART_BYTES)),
            "content": sealed,
            "others": list(found.others) or None,
        }
        if asked.item is not None:
            return ItemDocumentRead.model_validate({"item": asked.item} | answer)
        return DocumentRead.model_validate({"petition": asked.petition} | answer)
