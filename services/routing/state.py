"""What routing knows of a case."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, CaseWithdrawn, Clock
from xinfang_contracts.statistics import AssignmentCorrected

from services.runtime.clock import civil_date

from .clocks import evolving
from .clocks.state import Clocks, Progress, Running, next_at, running


class Open(BaseModel):
    """In the hands of one unit, its clock running. ``overdue``: the clock ran out and that was said.

    overdue_at: when it first ran out, once it has been moved since; assigned_on: where the clock counts from before.
    """

    model_config = ConfigDict(frozen=True)
    status: Literal["open"] = "open"
    unit: str
    zone: str | None
    clock: Clock
    overdue: bool = False
    counted: bool = Field(default=True, exclude_if=lambda counted: counted)
    acceptance: int = 1
    overdue_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)
    assigned_on: date | None = Field(default=None, exclude_if=lambda on: on is None)
    excluded: tuple[str, ...] = Field(default=(), exclude_if=lambda excluded: not excluded)
    clocks: Clocks = Field(default=Clocks(), exclude_if=lambda clocks: clocks == Clocks())


class Closed(BaseModel):
    """Concluded; other clocks may be started since.

    since, overdue_on: when it was assigned, and when its clock ran out before.
    """

    model_config = ConfigDict(frozen=True)
    status: Literal["closed"] = "closed"
    unit: str
    zone: str | None = None
    since: date | None = None
    overdue_on: date | None = None
    acceptance: int = 1
    excluded: tuple[str, ...] = Field(default=(), exclude_if=lambda excluded: not excluded)
    clocks: Clocks = Field(default=Clocks(), exclude_if=lambda clocks: clocks == Clocks())


class Withdrawn(BaseModel):
    """Given up: the petition went back to the petition office, and may be accepted again."""

    model_config = ConfigDict(frozen=True)
    status: Literal["withdrawn"] = "withdrawn"
    unit: str
    acceptance: int


class SentUp(BaseModel):
    """With the common superior."""

    model_config = ConfigDict(frozen=True)
    status: Literal["sent_up"] = "sent_up"
    superior: str
    since: date | None = None


Case = Annotated[Open | Closed | Withdrawn | SentUp, Field(discriminator="status")]
State = Open | Closed | Withdrawn | SentUp | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The case after a fact."""
    return _clocks_after(_life_after(state, fact, now), fact, now)


def _life_after(state: State, fact: Message, now: datetime) -> State:
    match fact:
        case CaseAssigned():
            began_before = fact.clock.started_at != now
            return Open(
                unit=fact.unit,
                zone=fact.zone,
                clock=fact.clock,
                counted=fact.traits.counted,
                acceptance=fact.acceptance,
                assigned_on=civil_date(now) if began_before else None,
                excluded=tuple(fact.excluded),
                clocks=Clocks(handling=Progress(since=now)) if began_before else Clocks(),
            )
        case CaseSentUp():
            return SentUp(superior=fact.superior, since=civil_date(now))
        case CaseOverdue() if isinstance(state, Open):
            return state.model_copy(update={"overdue": True})
        case CaseOverdue() if isinstance(state, Closed):
            # It ran out before it was concluded, and the conclusion was heard before any tick.
            return state.model_copy(update={"overdue_on": civil_date(fact.clock.due_at)})
        case CaseConcluded() if isinstance(state, Open):
            return Closed(
                unit=state.unit,
                zone=state.zone,
                since=assigned_on(state),
                overdue_on=overdue_on(state),
                acceptance=state.acceptance,
                excluded=state.excluded,
                # Counted on: what falls due after the conclusion is told from what fell due before.
                clocks=Clocks(moves=state.clocks.moves + 1),
            )
        case AssignmentCorrected() if isinstance(state, Open):
            return state.model_copy(update={"counted": fact.after.counted})
        case CaseWithdrawn() if isinstance(state, Open):
            return Withdrawn(unit=state.unit, acceptance=state.acceptance)
        case _:
            return state


def _clocks_after(state: State, fact: Message, now: datetime) -> State:
    if not isinstance(state, Open | Closed):
        return state
    handling = state.clock if isinstance(state, Open) else None
    own = next((one.progress for one in running_in(state)), Progress()) if handling else Progress()
    clocks, clock = evolving.after(state.clocks, handling, own, fact, now)
    if clocks is state.clocks and clock is handling:
        return state
    changes: dict[str, object] = {"clocks": clocks}
    if isinstance(state, Open) and clock is not handling:
        changes["clock"] = clock
        if state.overdue and state.overdue_at is None:
            changes["overdue_at"] = state.clock.due_at
    return state.model_copy(update=changes)


def assigned_on(state: Open) -> date:
    """The day on which the unit was given the case; its clock may count from before."""
    return state.assigned_on or civil_date(state.clock.started_at)


def overdue_on(state: Open) -> date | None:
    """The day with which the clock first ran out; None when it did not."""
    return civil_date(state.overdue_at or state.clock.due_at) if state.overdue else None


def running_in(state: State) -> Iterator[Running]:
    """The case's clocks, the handling clock first."""
    match state:
        case Open():
            overdue_at = (state.overdue_at or state.clock.due_at) if state.overdue else None
            yield from running(state.clocks, state.clock, overdue_at)
        case Closed():
            yield from running(state.clocks, None, None)


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    return min((at for one in running_in(state) if (at := next_at(one)) is not None), default=None)


def counted_by(state: State) -> str | None:
    """The calendar by which the case's clocks were counted; None where none of them took one."""
    calendars = [one.clock.calendar for one in running_in(state) if one.clock.calendar is not None]
    if not calendars:
        return None
    assert isinstance(state, Open | Closed)
    return state.clocks.counted_by or calendars[0]
