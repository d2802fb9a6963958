"""A case's clocks after a fact. Pure."""

from datetime import datetime

from xinfang_contracts.clocks import (
    ClockExtended,
    ClockRanOut,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockSuspended,
    ClockWarned,
)
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.routing import CaseOverdue, Clock

from .state import Clocks, Other, Progress, Step


class CaseRecounted(Message):
    """A case's clocks are counted by another calendar from now on. Never leaves the service."""

    petition: PetitionNumber
    calendar: str


Parts = tuple[Clocks, Clock | None]
"""The clocks, and the handling clock where there is one."""


def after(clocks: Clocks, handling: Clock | None, progress: Progress, fact: Message, now: datetime) -> Parts:
    """``progress``: of the handling clock, with what was said of it before there was more than that to say."""
    match fact:
        case ClockStarted():
            begun = Other(clock=fact.clock, progress=Progress(since=now))
            return _moved(clocks, others={**clocks.others, fact.clock.name: begun}), handling
        case ClockStopped():
            others = {name: other for name, other in clocks.others.items() if name != fact.clock.name}
            return _moved(clocks, others=others), handling
        case ClockExtended():
            return _step(clocks, handling, progress, fact.clock, _extended(fact), now)
        case ClockSuspended():
            return _step(clocks, handling, progress, fact.clock, Step(kind="suspended", on=fact.on), now)
        case ClockResumed():
            return _step(clocks, handling, progress, fact.clock, Step(kind="resumed", on=fact.on), now)
        case ClockRecomputed():
            return _step(clocks, handling, progress, fact.after, None, now)
        case ClockWarned():
            return _said(clocks, handling, progress, fact.clock, {"warned_until": fact.at})
        case ClockRanOut():
            said = {"warned_until": fact.at, "ran_out_at": fact.clock.due_at}
            return _said(clocks, handling, progress, fact.clock, said)
        case CaseOverdue() if fact.clock.warnings:
            return _said(clocks, handling, progress, fact.clock, {"warned_until": fact.clock.due_at})
        case CaseRecounted():
            counted = {
                name: other.model_copy(update={"clock": counted_by(fact.calendar, other.clock)})
                for name, other in clocks.others.items()
            }
            return _moved(clocks, others=counted), handling and counted_by(fact.calendar, handling)
        case _:
            return clocks, handling


def counted_by(calendar: str, clock: Clock) -> Clock:
    """The clock, counted by this calendar from now on; one that takes none stays as it is."""
    return clock if clock.calendar is None else clock.model_copy(update={"calendar": calendar})


def gone_on(clocks: Clocks, now: datetime) -> Clocks:
    """Of a case that comes back from the superior: what fell due there of them is passed over, or said from now on."""
    others = {
        name: other.model_copy(update={"progress": other.progress.model_copy(update={"since": now})})
        for name, other in clocks.others.items()
    }
    handling = clocks.handling.model_copy(update={"since": now})
    return clocks.model_copy(update={"handling": handling, "others": others, "moves": clocks.moves + 1})


def _extended(fact: ClockExtended) -> Step:
    is_above = fact.rule == "superior"
    if fact.until is not None:
        return Step(kind="until", on=fact.until, by_superior=is_above)
    return Step(kind="extended", length=fact.length or 0, unit=fact.length_unit or "calendar_day", by_superior=is_above)


def _step(
    clocks: Clocks, handling: Clock | None, progress: Progress, clock: Clock, step: Step | None, now: datetime
) -> Parts:
    """A clock has moved: what was said of it stays said, and nothing of it falls due before now."""
    more = () if step is None else (step,)
    if handling is not None and handling.name == clock.name:
        gone_on = progress.model_copy(update={"steps": (*progress.steps, *more), "since": now})
        return _moved(clocks, own=gone_on), clock
    other = clocks.others.get(clock.name)
    if other is None:
        return clocks, handling
    gone_on = other.progress.model_copy(update={"steps": (*other.progress.steps, *more), "since": now})
    others = {**clocks.others, clock.name: Other(clock=clock, progress=gone_on)}
    return _moved(clocks, others=others), handling


def _moved(clocks: Clocks, *, own: Progress | None = None, others: dict[str, Other] | None = None) -> Clocks:
    changes: dict[str, object] = {
        "moves": clocks.moves + 1,
        "handling": clocks.handling if own is None else own,
        "others": clocks.others if others is None else others,
    }
    return clocks.model_copy(update=changes)


def _said(clocks: Clocks, handling: Clock | None, progress: Progress, clock: Clock, said: dict[str, datetime]) -> Parts:
    if handling is not None and handling.name == clock.name:
        return clocks.model_copy(update={"handling": progress.model_copy(update=said)}), handling
    other = clocks.others.get(clock.name)
    if other is None:
        return clocks, handling
    changed = other.model_copy(update={"progress": other.progress.model_copy(update=said)})
    return clocks.model_copy(update={"others": {**clocks.others, clock.name: changed}}), handling
