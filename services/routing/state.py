"""What routing knows of a case."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.handling import AssignmentObjected, CaseReassigned, SuperiorOverdue, TieDeclared
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, CaseWithdrawn, Clock
from xinfang_contracts.statistics import AssignmentCorrected

from services.runtime.clock import civil_date

from .choosing.hands import Given, Hands, at_the_end, begun, given_by
from .choosing.hands import evolve as evolve_hands


@dataclass(frozen=True, slots=True)
class Accepted:
    """Accepted a moment ago: lives for as long as one answer takes, and is never stored."""

    given: Given
    acceptance: int


class Open(BaseModel):
    """In the hands of one unit, its clock running. ``overdue``: the clock ran out and that was said."""

    model_config = ConfigDict(frozen=True)
    status: Literal["open"] = "open"
    unit: str
    zone: str | None
    clock: Clock
    overdue: bool = False
    counted: bool = Field(default=True, exclude_if=lambda counted: counted)
    acceptance: int = 1
    hands: Hands = Hands()


class Closed(BaseModel):
    """Concluded: no clock runs. since, overdue_on: when it was assigned, and when its clock ran out before."""

    model_config = ConfigDict(frozen=True)
    status: Literal["closed"] = "closed"
    unit: str
    zone: str | None = None
    since: date | None = None
    overdue_on: date | None = None
    acceptance: int = 1
    hands: Hands = Hands()


class Withdrawn(BaseModel):
    """Given up: the petition went back to the petition office, and may be accepted again."""

    model_config = ConfigDict(frozen=True)
    status: Literal["withdrawn"] = "withdrawn"
    unit: str
    acceptance: int
    hands: Hands = Hands()


class SentUp(BaseModel):
    """With the common superior.

    clock: by when it is to decide who handles the case, None where it is not asked to; overdue: it has not, and that
    was said; handling: the clock of the case, where one ran.
    """

    model_config = ConfigDict(frozen=True)
    status: Literal["sent_up"] = "sent_up"
    superior: str
    since: date | None = None
    clock: Clock | None = None
    overdue: bool = False
    handling: Clock | None = None
    acceptance: int = 1
    hands: Hands = Hands()


Case = Annotated[Open | Closed | Withdrawn | SentUp, Field(discriminator="status")]
State = Open | Closed | Withdrawn | SentUp | Accepted | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The case after a fact."""
    match fact:
        case PetitionAccepted():
            return Accepted(given=given_by(fact), acceptance=fact.acceptance) if is_new(state, fact) else state
        case CaseAssigned() | CaseReassigned() | CaseSentUp():
            return _moved(state, fact, now)
        case CaseOverdue() if isinstance(state, Open):
            return state.model_copy(update={"overdue": True, "hands": evolve_hands(state.hands, fact, now)})
        case SuperiorOverdue() if isinstance(state, SentUp):
            return state.model_copy(update={"overdue": True})
        case CaseConcluded() if isinstance(state, Open) or (isinstance(state, SentUp) and state.handling):
            clock = state.clock if isinstance(state, Open) else state.handling
            return Closed(
                unit=fact.unit,
                zone=fact.zone,
                since=civil_date(clock.started_at) if clock else None,
                overdue_on=overdue_on(state),
                acceptance=state.acceptance,
                hands=at_the_end(state.hands),
            )
        case AssignmentCorrected() if isinstance(state, Open | SentUp):
            changed: dict[str, object] = {"hands": evolve_hands(state.hands, fact, now)}
            if isinstance(state, Open):
                changed["counted"] = fact.after.counted
            return state.model_copy(update=changed)
        case CaseWithdrawn() if isinstance(state, Open | SentUp):
            return Withdrawn(unit=fact.unit, acceptance=state.acceptance, hands=at_the_end(state.hands))
        case TieDeclared() | AssignmentObjected() if isinstance(state, Open | Closed | Withdrawn | SentUp):
            return state.model_copy(update={"hands": evolve_hands(state.hands, fact, now)})
        case _:
            return state


def is_new(state: State, accepted: PetitionAccepted) -> bool:
    """Whether an acceptance makes a case: the first one, or one after the earlier case is over."""
    is_anew = isinstance(state, Withdrawn | Closed) and accepted.acceptance > state.acceptance
    return state is None or is_anew


def _moved(state: State, fact: CaseAssigned | CaseReassigned | CaseSentUp, now: datetime) -> State:
    given = state.given if isinstance(state, Accepted) else None
    if isinstance(fact, CaseAssigned):
        hands = begun(given, fact)
    else:
        before = state.hands if isinstance(state, Open | SentUp | Closed) else Hands(given=given)
        hands = evolve_hands(before, fact, now)
    if isinstance(fact, CaseSentUp):
        handling = state.clock if isinstance(state, Open) else state.handling if isinstance(state, SentUp) else None
        return SentUp(
            superior=fact.superior,
            since=civil_date(now),
            clock=fact.clock,
            handling=handling,
            acceptance=fact.acceptance,
            hands=hands,
        )
    if isinstance(state, Closed) and isinstance(fact, CaseReassigned):
        # Concluded by the unit that had it before: it goes back into its name.
        return state.model_copy(update={"unit": fact.unit, "zone": fact.zone, "hands": at_the_end(hands)})
    return Open(
        unit=fact.unit,
        zone=fact.zone,
        clock=fact.clock,
        overdue=hands.lapsed is not None,
        counted=fact.traits.counted,
        acceptance=fact.acceptance,
        hands=hands,
    )


def overdue_on(state: Open | SentUp) -> date | None:
    """The day on which it was said that the handling clock ran out; None when it was not."""
    if state.hands.lapsed is not None:
        return state.hands.lapsed.on
    return civil_date(state.clock.due_at) if isinstance(state, Open) and state.overdue else None


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    if not isinstance(state, Open | SentUp) or state.overdue or state.clock is None:
        return None
    return state.clock.due_at
