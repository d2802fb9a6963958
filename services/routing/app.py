"""The routing service: its parts put together."""

from collections.abc import Mapping
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.service import Service

from .handlers import HANDLERS, OWN_HANDLERS
from .store import STATES, due


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Routing; it needs no key."""
    return Service(
        name="routing",
        states=(STATES,),
        due=due,
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
    )
