"""A restored database brings back what was erased: at each start, what destroys is read from the stream and done again.

The position stands in the same database, so a restore sets it back together with the rows.
"""

from datetime import datetime
from typing import get_args

import asyncpg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from xinfang_contracts.intake import PetitionSealed
from xinfang_contracts.items import ItemErased
from xinfang_contracts.mediation import MediationHandedOver
from xinfang_contracts.registry import Stream, fact
from xinfang_contracts.vault import PetitionErased

from services.runtime.inbox import Connection
from services.runtime.service import StateTable

from ..beside.facts import HandedOver
from ..beside.named import save as save_links
from ..beside.state import Kept
from ..beside.store import destroy_items
from ..beside.tables import ITEMS
from ..state import Registered, Screened
from ..store import STATES
from .shelf import destroy

DESTROYING = (MediationHandedOver, PetitionErased, PetitionSealed, ItemErased)
"""In this order: what destroys a petition destroys with it what went on as it."""
Destroying = MediationHandedOver | PetitionErased | PetitionSealed | ItemErased
_PAGE = 200


async def reapply(pool: asyncpg.Pool, js: JetStreamContext) -> int:
    """Take out of the vault whatever was erased, or sealed, since the last start; how many facts there were."""
    last = (await js.stream_info(Stream.EVENTS.value)).state.last_seq
    count = 0
    for model in DESTROYING:
        subject = fact("intake", model).subject("*")
        while page := await _page(pool, js, subject, model, last):
            count += page
    return count


async def _page(
    pool: asyncpg.Pool,
    js: JetStreamContext,
    subject: str,
    model: type[Destroying],
    last: int,
) -> int:
    async with pool.acquire() as connection, connection.transaction():
        position = await connection.fetchval("SELECT sequence FROM intake.reapplied WHERE subject = $1", subject) or 0
        if position > last:
            # The broker was rebuilt: its sequences have begun anew.
            position = 0
        facts: list[tuple[Destroying, datetime]] = []
        while len(facts) < _PAGE:
            try:
                message = await js.get_msg(Stream.EVENTS.value, position + 1, subject, direct=True, next=True)
            except NotFoundError:
                break
            if (message.seq or 0) > last:
                # Said since the start, and destroyed by the round that said it. Read too, the position would be past
                # the end that is known here and begin anew, page after page: the service would never be ready.
                break
            position = message.seq or position + 1
            at = datetime.fromisoformat((message.headers or {})["ce-time"])
            facts.append((model.model_validate_json(message.data or b""), at))
        await _destroy_again(connection, facts)
        await connection.execute(
            "INSERT INTO intake.reapplied VALUES ($1, $2)"
            " ON CONFLICT (subject) DO UPDATE SET sequence = EXCLUDED.sequence",
            subject,
            position,
        )
    return len(facts)


async def _destroy_again(connection: Connection, facts: list[tuple[Destroying, datetime]]) -> None:
    """Rows, and with them the states: brought back as well, they would say that there is something to read."""
    if items := [fact.item for fact, _ in facts if isinstance(fact, ItemErased)]:
        await destroy_items(connection, items)
        await _evolve_again(connection, ITEMS, facts, get_args(Kept))
    if linked := [HandedOver(fact.item, fact.petition) for fact, _ in facts if isinstance(fact, MediationHandedOver)]:
        await _link_again(connection, linked)
    if petitions := [fact.petition for fact, _ in facts if isinstance(fact, PetitionErased | PetitionSealed)]:
        await destroy(connection, petitions)
        # What is sealed or erased already may have gone on since.
        await _evolve_again(connection, STATES, facts, (Registered, Screened))


async def _link_again(connection: Connection, linked: list[HandedOver]) -> None:
    """What is sealed or erased already takes along at once what went on as it."""
    await save_links(connection, linked)
    rows = await connection.fetch(
        "SELECT petition FROM intake.petitions WHERE petition = ANY($1::text[])"
        " AND state->>'status' IN ('sealed', 'erased')",
        [one.petition for one in linked],
    )
    if gone := {row["petition"] for row in rows}:
        await destroy_items(connection, [one.item for one in linked if one.petition in gone])


async def _evolve_again(
    connection: Connection, table: StateTable, facts: list[tuple[Destroying, datetime]], readable: tuple[type, ...]
) -> None:
    numbered = {getattr(fact, table.key): (fact, at) for fact, at in facts}
    states = await table.load(connection, sorted(numbered))
    after = {
        number: table.evolve(states[number], *numbered[number])
        for number in numbered
        if isinstance(states.get(number), readable)
    }
    await table.save(connection, after)
