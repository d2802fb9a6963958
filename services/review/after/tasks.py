"""What waits for whom after a conclusion. Functions of values."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from xinfang_contracts.district import District

from ..state import Concluded, State
from .people import after_of, entering, leading


class Waiting(NamedTuple):
    """Something that an actor is to do in a case. since, due_at: where that is known."""

    actor: str
    task: str
    version: int
    since: datetime | None = None
    due_at: datetime | None = None


def tasks(state: State, district: District) -> Iterator[Waiting]:
    """To reply to whoever gave a name, to explain an objection, to visit, to send a result up; whoever is free to."""
    if state is None or after_of(state.case).erased:
        return
    after, version = after_of(state.case), state.version
    free = [one for one in entering(state.case, district) if one not in state.case.excluded]
    if after.open_objections:
        yield from (Waiting(one, "answer_objection", version) for one in free)
    if not isinstance(state, Concluded):
        return
    if after.window and state.case.traits.real_name and after.replied_on is None:
        yield from (Waiting(one, "reply", version) for one in free)
    if after.visits.told:
        yield from (Waiting(one, "visit", version, due_at=after.visits.due_at) for one in free)
    if after.unsent:
        yield from (Waiting(one, "send_result_up", version) for one in leading(state.case, district))
