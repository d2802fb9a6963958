"""What falls due in a case by itself, and what review then says. Functions of values."""

from collections.abc import Callable, Sequence
from datetime import datetime

from xinfang_contracts.message import Message, PetitionNumber

from services.runtime.rules import Output

from . import quarters
from .after import resting, visiting
from .clarifying import counting
from .facts import Facts
from .joint import late
from .state import State, evolve

When = Callable[[State], datetime | None]
Rule = Callable[..., Sequence[Output]]


class CaseDue(Message):
    """Something of a case falls due. Never leaves the service."""

    petition: PetitionNumber


KINDS: tuple[tuple[When, Rule], ...] = (
    (quarters.feedback_due_at, quarters.feed_back),
    (late.overdue_at, late.remind),
    (resting.lapses_at, resting.lapse),
    (visiting.falls_due_at, visiting.fall_due),
    (counting.due_moment, counting.lapse),
)
"""When each kind of thing falls due, and the rule that then speaks; what it says must move the moment on."""


def due_at(state: State) -> datetime | None:
    """When the next thing falls due; None when nothing will."""
    return min((at for when, _ in KINDS if (at := when(state)) is not None), default=None)


def fall_due(state: State, message: CaseDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """All that is due by now; each rule sees what the one before it has said, as the chain of records does."""
    said: list[Output] = []
    for when, rule in KINDS:
        at = when(state)
        if at is None or at > now:
            continue
        outputs = rule(state, message, facts, now=now)
        for fact in outputs:
            if isinstance(fact, Message):
                state = evolve(state, fact, now)
        said += outputs
    return said
