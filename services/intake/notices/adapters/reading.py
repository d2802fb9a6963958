"""A letter that a clerk takes out to print: the audit's row first, then what the vault has."""

from datetime import datetime
from uuid import UUID

import asyncpg
from xinfang_contracts.district import District
from xinfang_contracts.vault import ReadReason

from services.runtime.inbox import Connection

from ...state import Screened
from ...store import STATES
from ...vault import audit
from ...vault.masters import Masters
from ...vault.readership import may_read
from ..wording import Letter
from .kept import kept


async def read_letter(
    pool: asyncpg.Pool, district: District, actor: str, petition: str, notice: str, masters: Masters, now: datetime
) -> Letter | None:
    """What was last written as a letter; None when there is none that this actor may read."""
    async with pool.acquire() as connection:
        async with connection.transaction():
            document = await _document(connection, district, actor, petition, notice)
            reading = audit.Reading(
                at=now,
                district=district.code,
                actor=actor,
                petition=petition,
                document=document,
                reason=ReadReason.REPLY,
                granted=document is not None,
            )
            await audit.add(connection, reading)
        written = None if document is None else await kept(connection, petition, document, masters)
    return written if isinstance(written, Letter) else None


async def _document(connection: Connection, district: District, actor: str, petition: str, notice: str) -> UUID | None:
    if not petition.startswith(f"{district.code}-"):
        return None
    state = (await STATES.load(connection, [petition])).get(petition)
    if not may_read(state, actor, district) or not isinstance(state, Screened):
        return None
    found = state.notices.get(notice)
    if found is None or found.way != "letter" or found.document is None:
        return None
    return UUID(found.document.document)
