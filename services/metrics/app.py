"""The metrics service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .handlers import HANDLERS
from .publisher import Publisher
from .store import MetricsWork


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Metrics; it needs no key."""

    async def work(_connection: Connection, _messages: Sequence[Incoming]) -> MetricsWork:
        return MetricsWork(districts)

    return Service(name="metrics", open=work, handlers=HANDLERS, ticks=("day",), companions=(Publisher,))
