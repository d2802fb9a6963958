"""A restored database brings back what was erased: at each start, what destroys is read from the stream and done again.

The position stands in the same database, so a restore sets it back together with the rows.
"""

from datetime import datetime

import asyncpg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from xinfang_contracts.intake import PetitionSealed
from xinfang_contracts.registry import Stream, fact
from xinfang_contracts.vault import PetitionErased

from services.runtime.inbox import Connection

from ..state import Registered, Screened, evolve
from ..store import STATES
from .shelf import destroy

DESTROYING = (PetitionErased, PetitionSealed)
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
    model: type[PetitionErased] | type[PetitionSealed],
    last: int,
) -> int:
    async with pool.acquire() as connection, connection.transaction():
        position = await connection.fetchval("SELECT sequence FROM intake.reapplied WHERE subject = $1", subject) or 0
        if position > last:
            # The broker was rebuilt: its sequences have begun anew.
            position = 0
        facts: list[tuple[PetitionErased | PetitionSealed, datetime]] = []
        while len(facts) < _PAGE:
            try:
                message = await js.get_msg(Stream.EVENTS.value, position + 1, subject, direct=True, next=True)
            except NotFoundError:
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


async def _destroy_again(connection: Connection, facts: list[tuple[PetitionErased | PetitionSealed, datetime]]) -> None:
    """Rows, and with them the states: brought back as well, they would say that there is something to read."""
    if not facts:
        return
    petitions = [fact.petition for fact, _ in facts]
    await destroy(connection, petitions)
    states = await STATES.load(connection, sorted(set(petitions)))
    after = {
        fact.petition: evolve(states[fact.petition], fact, at)
        for fact, at in facts
        # What is sealed or erased already may have gone on since.
        if isinstance(states.get(fact.petition), Registered | Screened)
    }
    await STATES.save(connection, after)
