"""The routing service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .handlers import HANDLERS, OWN_HANDLERS
from .pressing import tables as pressing
from .store import STATES, RoutingWork, due


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Routing; it needs no key."""

    async def work(connection: Connection, messages: Sequence[Incoming]) -> RoutingWork:
        return RoutingWork(districts, await pressing.load(connection, messages))

    return Service(
        name="routing",
        states=(STATES,),
        open=work,
        due=due,
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
    )
