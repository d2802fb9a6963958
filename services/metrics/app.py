"""The metrics service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .handlers import HANDLERS, OWN_HANDLERS
from .publisher import Publisher
from .store import MetricsWork, due, load_analysed


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Metrics; it needs no key."""

    async def work(connection: Connection, messages: Sequence[Incoming]) -> MetricsWork:
        return MetricsWork(districts, await load_analysed(connection, messages))

    return Service(
        name="metrics",
        open=work,
        due=due,
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
        companions=(Publisher,),
    )
