"""New petitions looked up among the earlier ones soon after they came in: read from the vault, signed, compared.

Beside the rounds, because it costs a petition more than everything else in them. What comes of it joins them as a
message of the service's own, with the time at which the petition was registered. A district's petitions are looked up
in the order of their numbers and by one process at a time: each is compared with all that came before it, whoever
looks, and whenever that is. One that was broken off is looked up again, and said once, as the inbox knows it.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.registry import Entry, Kind
from xinfang_contracts.repeats import LikelyRepeat

from services.runtime.companion import Turns
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message
from services.runtime.log import failure
from services.runtime.service import Doors

from ..vault.masters import Masters
from ..vault.shelf import contents
from . import index
from .index import Likely, Repeats
from .rules import SeekRepeats, Sought
from .signature import Signature

log = structlog.get_logger()

SEEK_REPEATS = Entry(Kind.CLOCK, "intake", SeekRepeats)
EVERY_SECONDS = 1.0
PAGE, SHOWN = 10, 5
"""So many are looked up between two rounds, and so many of the earlier ones are shown to a person."""
SHARE = 0.1
"""Of one core at most: while a ledger or a campaign comes in, its rounds come first; 规则14 leaves days for this."""
LOCK_SPACE = 0x584652  # "XFR"
Before = list[tuple[str, Signature]]


def seeking(doors: Doors, masters: Masters) -> Turns:
    """The companion that looks for repeats; any number of replicas may."""
    return Turns("repeats", Seeking(doors, masters).turn, EVERY_SECONDS)


class Seeking:
    """What the companion does, a page of one district a turn, one district after another."""

    def __init__(self, doors: Doors, masters: Masters) -> None:
        self._doors, self._masters = doors, masters
        self._repeats = Repeats.of(doors.keys)
        self._at = ""
        self._found_some = False

    async def turn(self) -> bool:
        """The next district's page; false when no district had one that nobody else was at."""
        async with self._doors.pool.acquire() as connection:
            district = await index.next_waiting(connection, self._at)
            # Before it is looked at: one that fails must not keep those after it waiting.
            self._at = district or ""
            if district is not None:
                self._found_some |= await self._look(connection, district)
                return True
        found_some, self._found_some = self._found_some, False
        return found_some

    async def _look(self, connection: Connection, district: str) -> bool:
        """Until the rounds have it, the district is ours."""
        if district not in self._doors.districts:
            return False
        async with connection.transaction():
            lock = "SELECT pg_try_advisory_xact_lock($1, $2)"
            if not await connection.fetchval(lock, LOCK_SPACE, int(district)):
                return False
            page = await self._page(connection, district)
            # All of them at once are one round; one that fails is looked up again, the others are not.
            ended = await asyncio.gather(*map(self._doors.hand_in, page), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        return bool(page)

    async def _page(self, connection: Connection, district: str) -> list[Incoming]:
        waiting = await index.waiting(connection, district, PAGE)
        read = await self._read(connection, [petition for petition, _ in waiting])
        found, before = [], Before()
        for petition, registered_at in waiting:
            started = time.perf_counter()
            sought = await self._sought(connection, petition, read.get(petition), before)
            found.append(_message(petition, registered_at, sought))
            # A rest nine times as long as the look has taken, in a thread and in the database: nobody at a door waits.
            await asyncio.sleep((time.perf_counter() - started) * (1 / SHARE - 1))
        return found

    async def _read(self, connection: Connection, petitions: Sequence[str]) -> Mapping[str, PetitionContent]:
        """One that does not open is left out: looked up with nothing found, or it would be for ever."""
        try:
            return await contents(connection, petitions, self._masters) if petitions else {}
        except (InvalidTag, InvalidUnwrap, ValueError) as error:
            if len(petitions) == 1:
                log.error("repeats.unopened", petition=petitions[0], error=failure(error))
                return {}
        found: dict[str, PetitionContent] = {}
        for petition in petitions:
            found |= await self._read(connection, [petition])
        return found

    async def _sought(
        self, connection: Connection, petition: str, content: PetitionContent | None, before: Before
    ) -> Sought:
        """``before``: those of this page that came before it, and are not in the index yet."""
        if content is None:
            return Sought()
        accused = [(one.name, one.organisation) for one in content.accused]
        signature = await asyncio.to_thread(self._repeats.sign, content.text, accused)
        candidates = await self._repeats.candidates(connection, petition, signature)
        likely = await asyncio.to_thread(
            lambda: [
                *self._repeats.alike(candidates, signature),
                *self._repeats.among(before, petition, signature),
            ]
        )
        likely = sorted(likely, key=lambda one: (-one.score, one.petition))[:SHOWN]
        before.append((petition, signature))
        return Sought(self._repeats.row(petition, signature), tuple(await _told(connection, petition, likely)))


def _message(petition: str, registered_at: datetime, sought: Sought) -> Incoming:
    """At the petition's own time: replayed, it says the same."""
    name = f"{petition}/repeats"
    message = own_message("intake", petition[:6], SEEK_REPEATS, SeekRepeats(petition=petition), name, registered_at)
    message.opened = sought
    return message


async def _told(connection: Connection, petition: str, likely: Sequence[Likely]) -> list[LikelyRepeat]:
    """With whether the earlier one came another way: from old times, when that is not known, it did not."""
    rows = await connection.fetch(
        "SELECT petition, state->'traits'->>'channel' AS channel, state->'traits'->>'transferred' AS transferred"
        " FROM intake.petitions WHERE petition = ANY($1::text[])",
        [petition, *(one.petition for one in likely)],
    )
    ways = {row["petition"]: (row["channel"], row["transferred"]) for row in rows}
    return [
        LikelyRepeat(
            petition=one.petition,
            score=one.score,
            reasons=list(one.reasons),
            multi_head=one.petition in ways and ways[one.petition] != ways.get(petition),
        )
        for one in likely
    ]
