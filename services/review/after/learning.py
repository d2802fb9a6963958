"""What others say that bears on a concluded case: a reply, later material, an erasure. Nothing is said of it here."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.pressing import LeaderNamed

from services.runtime.errors import NotYet
from services.runtime.rules import Output

from ..facts import Facts
from ..state import State
from .people import Concerning


def learn(state: State, message: Concerning, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The state remembers it (``after/state.py``); of most petitions there is no case.

    A leader is named of what a unit has: then the case is on its way here.
    """
    if state is None and isinstance(message, LeaderNamed) and message.unit.startswith("unit"):
        raise NotYet
    return []
