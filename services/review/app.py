"""The review service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .handlers import HANDLERS, OWN_HANDLERS
from .store import ReviewWork, due_in, states_of


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Review; it needs no key."""

    async def work(_connection: Connection, _messages: Sequence[Incoming]) -> ReviewWork:
        return ReviewWork(districts)

    return Service(
        name="review",
        states=(states_of(districts),),
        open=work,
        due=due_in(districts),
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
    )
