"""What waits for whom in a review. Functions of values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import District

from ..state import Awaiting, State, UnderReview
from .places import steps_of, waited_for


@dataclass(frozen=True, slots=True)
class Task:
    """Something that an actor is to do in a case. since, due_at: where that is known."""

    actor: str
    task: str
    version: int
    since: datetime | None = None
    due_at: datetime | None = None


Source = Callable[[State, District], Iterator[Task]]
"""Where tasks come from: what of one kind is open in a case."""


def report_tasks(state: State, district: District) -> Iterator[Task]:
    """The unit's report is awaited."""
    if isinstance(state, Awaiting):
        yield Task(state.case.unit, "report", state.version)


def opinion_tasks(state: State, district: District) -> Iterator[Task]:
    """Everybody whose turn it is. Of a unit that the district file no longer has, nothing."""
    if not isinstance(state, UnderReview) or district.unit(state.case.unit) is None:
        return
    for actor in waited_for(steps_of(district, state.case), state.given):
        asked = state.asked.get(actor)
        since, due_at = (None, None) if asked is None else (asked.since, asked.due_at)
        yield Task(actor, "opinion", state.version, since, due_at)
