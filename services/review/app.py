"""The review service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .desk.desk import router
from .handlers import HANDLERS, OWN_HANDLERS
from .store import KEYS, ReviewWork, due_in, states_of


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Review; it needs no key."""

    async def work(connection: Connection, messages: Sequence[Incoming]) -> ReviewWork:
        opened = ReviewWork(districts)
        await opened.load(connection, messages)
        return opened

    return Service(
        name="review",
        states=(states_of(districts), KEYS),
        open=work,
        due=due_in(districts),
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
        api=router,
    )
