"""What a clarification waits for, and whom it asks. Functions of values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.message import Message

from services.runtime.rules import Notice, Output

from ..facts import Facts
from ..joint.tasks import Task
from ..state import Concluded, State, evolve
from .people import Who, approver, checker, hands
from .state import Clarification


@dataclass(frozen=True, slots=True)
class Step:
    """The next step of a clarification: who is to take it, what asks them to, and by when."""

    actor: str
    task: str
    number: int
    asking: Message
    due_at: datetime | None = None


def steps(state: State, district: District) -> Iterator[Step]:
    """All that waits in a concluded case."""
    settings = district.review.clarification
    if not isinstance(state, Concluded) or state.case.clarifying is None or settings is None:
        return
    for one in state.case.clarifying.items:
        found = _next(one, settings.checked_by_trial)
        if found is not None:
            task, who, asking = found
            due_at = one.clock.due_at if one.clock is not None and one.stage == "approved" else None
            yield Step(who(district, state.case), task, one.number, asking, due_at)


def tasks(state: State, district: District) -> Iterator[Task]:
    """To assess, to check, to approve, to carry out, to file. ``version``: which clarification it is."""
    return (Task(one.actor, one.task, one.number, due_at=one.due_at) for one in steps(state, district))


def tell_substitutes(state: State, message: TieDeclared, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Somebody is tied: whoever steps in for them, or has to do again what rested on their word, is asked."""
    known = {(step.actor, step.task, step.number) for step in steps(state, facts.district)}
    return [
        Notice(step.actor, step.asking)
        for step in steps(evolve(state, message, now), facts.district)
        if (step.actor, step.task, step.number) not in known
    ]


def _next(one: Clarification, is_checked: bool) -> tuple[str, Who, Message] | None:
    match one:
        case Clarification(stage="proposed"):
            return "assess_clarification", hands, one.proposed
        case Clarification(stage="assessed", assessed=asking) if asking is not None:
            if is_checked:
                return "check_clarification", checker, asking
            return "approve_clarification", approver, asking
        case Clarification(stage="checked", checked=asking) if asking is not None:
            return "approve_clarification", approver, asking
        case Clarification(stage="approved", approved=asking) if asking is not None:
            return "carry_out_clarification", hands, asking
        case Clarification(stage="made", made=asking) if asking is not None:
            return "file_clarification", hands, asking
        case _:
            return None
