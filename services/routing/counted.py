"""What of a case a calendar may move, and by which it was counted. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from xinfang_contracts.routing import Clock

from .clocks.state import Progress
from .state import Closed, Open, SentUp, State, beside_in, handling_in


class Counted(NamedTuple):
    """What a calendar may move: a clock of the case, the superior's time to decide, or that to answer a letter."""

    clock: Clock
    progress: Progress = Progress()
    superior: str | None = None
    letter: int | None = None


def counted_in(state: State) -> Iterator[Counted]:
    """All that is open, whether or not it falls due while the superior has the case."""
    if not isinstance(state, Open | Closed | SentUp):
        return
    own = handling_in(state)
    for one in [*([own] if own else []), *beside_in(state)]:
        yield Counted(one.clock, one.progress)
    if isinstance(state, SentUp) and state.clock is not None and not state.overdue:
        yield Counted(state.clock, superior=state.superior)
    for letter in state.pressing.letters if state.pressing else []:
        if letter.clock is not None and letter.due_at is not None:
            yield Counted(letter.clock, letter=letter.number)


def counted_by(state: State) -> str | None:
    """The calendar by which the case's clocks were counted, or all of them: then they are to be counted again.

    None where none of them took one.
    """
    return "+".join(sorted({one.clock.calendar for one in counted_in(state) if one.clock.calendar})) or None
