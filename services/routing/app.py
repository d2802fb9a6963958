"""The routing service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .api import router
from .handlers import HANDLERS, OWN_HANDLERS
from .store import STATES, RoutingWork, due_in


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Routing; it needs no key."""

    async def work(connection: Connection, messages: Sequence[Incoming]) -> RoutingWork:
        return await RoutingWork.open(connection, messages, districts)

    return Service(
        name="routing",
        states=(STATES,),
        open=work,
        due=due_in(districts),
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
        api=router,
    )
