"""What a sampled file waits for, and for whom. Functions of values."""

from collections.abc import Iterator

from xinfang_contracts.district import District

from ..clarifying.people import approver
from ..joint.tasks import Task
from ..state import Concluded, State
from .drawing import reviewer


def tasks(state: State, district: District) -> Iterator[Task]:
    """To review a file, and to decide an objection. ``version``: the file's place among the case's, from 1."""
    if not isinstance(state, Concluded) or state.case.quality is None or district.review.quality is None:
        return
    for place, file in enumerate(state.case.quality.files, 1):
        if file.stage == "sampled":
            yield Task(reviewer(district, state.case), "review_quality", place)
        elif file.stage == "objected":
            yield Task(approver(district, state.case), "decide_quality", place)
