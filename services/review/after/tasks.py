"""What waits for whom after a conclusion. Functions of values."""

from collections.abc import Iterator

from xinfang_contracts.district import District

from ..joint.tasks import Task
from ..state import Concluded, State
from .people import after_of, entering, leading


def tasks(state: State, district: District) -> Iterator[Task]:
    """To reply to whoever gave a name, to explain an objection, to visit, to send a result up; whoever is free to."""
    if state is None or after_of(state.case).erased:
        return
    after, version = after_of(state.case), state.version
    free = [one for one in entering(state.case, district) if one not in state.case.excluded]
    if after.open_objections:
        yield from (Task(one, "answer_objection", version) for one in free)
    if not isinstance(state, Concluded):
        return
    if after.window and state.case.traits.real_name and after.replied_on is None:
        yield from (Task(one, "reply", version) for one in free)
    if after.visits.told:
        yield from (Task(one, "visit", version, due_at=after.visits.due_at) for one in free)
    if after.unsent:
        yield from (Task(one, "send_result_up", version) for one in leading(state.case, district))
