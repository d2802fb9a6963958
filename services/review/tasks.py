"""Everything that is open in a case, and for whom. Functions of values."""

from xinfang_contracts.district import District

from .after.tasks import tasks as after_tasks
from .clarifying.waiting import tasks as clarifying_tasks
from .joint.tasks import Source, Task, opinion_tasks, report_tasks
from .quality.waiting import tasks as quality_tasks
from .state import State

SOURCES: tuple[Source, ...] = (report_tasks, opinion_tasks, after_tasks, clarifying_tasks, quality_tasks)
"""What each kind of work leaves open. A case that is neither concluded, withdrawn nor above has at least one task."""


def open_tasks(state: State, district: District) -> list[Task]:
    """In the order in which they may be done."""
    return [task for source in SOURCES for task in source(state, district)]
