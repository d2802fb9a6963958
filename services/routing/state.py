"""What routing knows of a case."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, CaseWithdrawn, Clock
from xinfang_contracts.statistics import AssignmentCorrected

from services.runtime.clock import civil_date

from . import tracked
from .pressing import state as pressing
from .pressing.state import Pressing
from .tracked import Tracked


class Parts(BaseModel):
    """What hangs on a case whatever its life: nothing, in an ordinary one."""

    model_config = ConfigDict(frozen=True)
    pressing: Pressing | None = Field(default=None, exclude_if=lambda part: part is None)
    tracks: Tracked | None = Field(default=None, exclude_if=lambda part: part is None)


class Open(Parts):
    """In the hands of one unit, its clock running. ``overdue``: the clock ran out and that was said."""

    model_config = ConfigDict(frozen=True)
    status: Literal["open"] = "open"
    unit: str
    zone: str | None
    clock: Clock
    overdue: bool = False
    counted: bool = Field(default=True, exclude_if=lambda counted: counted)
    acceptance: int = 1


class Closed(Parts):
    """Concluded: no clock runs. since, overdue_on: when it was assigned, and when its clock ran out before."""

    model_config = ConfigDict(frozen=True)
    status: Literal["closed"] = "closed"
    unit: str
    zone: str | None = None
    since: date | None = None
    overdue_on: date | None = None
    acceptance: int = 1


class Withdrawn(Parts):
    """Given up: the petition went back to the petition office, and may be accepted again."""

    model_config = ConfigDict(frozen=True)
    status: Literal["withdrawn"] = "withdrawn"
    unit: str
    acceptance: int


class SentUp(Parts):
    """With the common superior."""

    model_config = ConfigDict(frozen=True)
    status: Literal["sent_up"] = "sent_up"
    superior: str
    since: date | None = None


Case = Annotated[Open | Closed | Withdrawn | SentUp, Field(discriminator="status")]
State = Open | Closed | Withdrawn | SentUp | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The case after a fact: its life, then each part."""
    after = _live(state, fact, now)
    if after is None:
        return None
    parts = {
        "pressing": pressing.evolve(None if state is None else state.pressing, fact),
        "tracks": tracked.evolve(None if state is None else state.tracks, fact),
    }
    if parts["pressing"] is after.pressing and parts["tracks"] is after.tracks:
        return after
    return after.model_copy(update=parts)


def _live(state: State, fact: Message, now: datetime) -> State:
    match fact:
        case CaseAssigned():
            return Open(
                unit=fact.unit,
                zone=fact.zone,
                clock=fact.clock,
                counted=fact.traits.counted,
                acceptance=fact.acceptance,
            )
        case CaseSentUp():
            return SentUp(superior=fact.superior, since=civil_date(now))
        case CaseOverdue() if isinstance(state, Open):
            return state.model_copy(update={"overdue": True})
        case CaseConcluded() if isinstance(state, Open):
            return Closed(
                unit=state.unit,
                zone=state.zone,
                since=civil_date(state.clock.started_at),
                overdue_on=overdue_on(state),
                acceptance=state.acceptance,
            )
        case AssignmentCorrected() if isinstance(state, Open):
            return state.model_copy(update={"counted": fact.after.counted})
        case CaseWithdrawn() if isinstance(state, Open):
            return Withdrawn(unit=state.unit, acceptance=state.acceptance)
        case _:
            return state


def overdue_on(state: Open) -> date | None:
    """The day on which it was said that the clock ran out; None when it was not."""
    return civil_date(state.clock.due_at) if state.overdue else None


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    clock = state.clock.due_at if isinstance(state, Open) and not state.overdue else None
    letter = pressing.due_at(state.pressing) if isinstance(state, Open | Closed) else None
    return clock if letter is None else letter if clock is None else min(clock, letter)


def leader_of(state: State) -> str | None:
    """Who of the leadership owns a case that is in hand."""
    return state.pressing.leader if isinstance(state, Open) and state.pressing is not None else None
