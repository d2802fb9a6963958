"""What a question to read the vault is answered with: its audit row first, then the document for the asker alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from joserfc.jwk import OKPKey
from xinfang_contracts.district import District
from xinfang_contracts.message import Message
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

from ..beside.erasure import first_text, texts_of
from ..beside.erasure import may_read as may_read_item
from ..beside.tables import ITEMS
from ..repeats.cases import with_handler
from ..state import Registered, Screened
from ..store import STATES
from . import audit, documents, reading_keys
from .masters import Masters
from .readership import barred, may_read, may_read_letter

PART_BYTES = 524_288
"""Of plaintext in one answer: as a JWE it stays below the broker's 1 MiB."""


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


class Answering:
    """Looks a document up for whoever asks. ``districts``: those served; ``now``: by which a reading is audited."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        districts: Mapping[str, District],
        key_folder: Path,
        masters: Masters,
        now: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._districts = districts
        self._keys = key_folder
        self._masters = masters
        self._now = now

    async def answer(self, code: str, actor: str, asked: ReadDocument | None, reader: str | None = None) -> Message:
        """The document or why not, the question in the audit either way. ``asked``: None where it had no such shape.

        reader: the id of the enrolled key for which it is encrypted; None: the actor's own key file.
        """
        wanted = None
        try:
            wanted = None if asked is None or asked.document is None else UUID(asked.document)
        except ValueError:
            asked = None
        async with self._pool.acquire() as connection, connection.transaction():
            key = await self._key_of(connection, code, actor, reader)
            found = await self._find(connection, self._districts.get(code), actor, asked, wanted, key)
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
        if asked is None or isinstance(found, ReadRefusal) or key is None:
            refusal = found if isinstance(found, ReadRefusal) else ReadRefusal.WRONG_SHAPE
            return ReadRefused(reason=refusal)
        seal = partial(self._seal, asked, found, key)
        return await documents.beside_the_loop(len(found.ciphertext), seal)

    async def _key_of(self, connection: Connection, code: str, actor: str, reader: str | None) -> OKPKey | None:
        if reader is not None:
            return await reading_keys.find(connection, code, actor, reader)
        try:
            return keys.public_key(self._keys, f"{code}.{actor}")
        except StartError:
            return None

    async def _find(
        self,
        connection: Connection,
        district: District | None,
        actor: str,
        asked: ReadDocument | None,
        wanted: UUID | None,
        key: OKPKey | None,
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
        if key is None:
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

    def _seal(self, asked: ReadDocument, found: Found, key: OKPKey) -> DocumentRead | ItemDocumentRead:
        data_key = documents.unwrap(found.wrapped_key, self._masters.key(found.key_version))
        plaintext = documents.unlock(found.ciphertext, found.petition, data_key)
        start = (asked.part - 1) * PART_BYTES
        sealed = keys.seal(plaintext[start : start + PART_BYTES], key)
        answer: dict[str, Any] = {
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
