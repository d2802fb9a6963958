"""New petitions looked up among the earlier ones, when a day ends: read from the vault, signed, compared.

Beside the rounds of the day, because it costs a petition more than everything else in them; 规则14 leaves days for it.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.registry import Entry, Kind
from xinfang_contracts.repeats import LikelyRepeat

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message
from services.runtime.log import failure

from ..vault.masters import Masters
from ..vault.shelf import contents
from .index import Likely, Repeats
from .rules import SeekRepeats, Sought
from .signature import Signature

log = structlog.get_logger()

SEEK_REPEATS = Entry(Kind.CLOCK, "intake", SeekRepeats)
PAGE, SHOWN = 100, 5
"""So many are looked up in one round, and so many of the earlier ones are shown to a person."""
Before = list[tuple[str, Signature]]


class Seeking:
    """What is not looked up yet, as messages: the day's tick brings them."""

    def __init__(self, key_folder: Path, masters: Masters) -> None:
        self._repeats, self._masters = Repeats.of(key_folder), masters

    async def due(self, connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
        """Oldest first, at most so many."""
        rows = await connection.fetch(
            "SELECT petition FROM intake.unsigned WHERE left(petition, 6) = $1 ORDER BY petition LIMIT $2",
            district,
            min(limit, PAGE),
        )
        petitions = [row["petition"] for row in rows]
        read = await self._read(connection, petitions)
        found, page = [], Before()
        for petition in petitions:
            name = f"{petition}/repeats"
            incoming = own_message("intake", district, SEEK_REPEATS, SeekRepeats(petition=petition), name, now)
            incoming.opened = await self._sought(connection, petition, read.get(petition), page)
            found.append(incoming)
        return found

    async def _read(self, connection: Connection, petitions: Sequence[str]) -> dict[str, PetitionContent]:
        """One that does not open is left out: looked up with nothing found, or no day would ever end again."""
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
        self, connection: Connection, petition: str, content: PetitionContent | None, page: Before
    ) -> Sought:
        if content is None:
            return Sought()
        signature = self._repeats.sign(content.text, [(one.name, one.organisation) for one in content.accused])
        likely = await self._repeats.look_up(connection, petition, signature)
        likely += self._repeats.among(page, petition, signature)
        likely = sorted(likely, key=lambda one: (-one.score, one.petition))[:SHOWN]
        page.append((petition, signature))
        return Sought(self._repeats.row(petition, signature), tuple(await _told(connection, petition, likely)))


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
