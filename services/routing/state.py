"""What routing knows of a case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.clocks import ClockRecomputed
from xinfang_contracts.handling import AssignmentObjected, CaseReassigned, SuperiorOverdue, TieDeclared
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded, CaseSettled
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseResumed, CaseSentUp, CaseWithdrawn, Clock
from xinfang_contracts.statistics import AssignmentCorrected

from services.runtime.clock import civil_date, start_of

from . import tracked
from .choosing.hands import Given, Hands, at_the_end, begun, given_by
from .choosing.hands import evolve as evolve_hands
from .clocks import evolving
from .clocks.evolving import CaseRecounted
from .clocks.state import Clocks, Progress, Running, next_at, running
from .pressing import state as pressing
from .pressing.state import Pressing
from .tracked import Tracked


@dataclass(frozen=True, slots=True)
class Accepted:
    """Accepted a moment ago: lives for as long as one answer takes, and is never stored."""

    given: Given
    acceptance: int
    pressing: Pressing | None = None


class Parts(BaseModel):
    """What a case has at whatever stage it is: who may and may not have a part in it, and its clocks; what presses
    it, and its substance track, of which an ordinary one has nothing.
    """

    model_config = ConfigDict(frozen=True)
    acceptance: int = 1
    hands: Hands = Hands()
    clocks: Clocks = Field(default=Clocks(), exclude_if=lambda clocks: clocks == Clocks())
    pressing: Pressing | None = Field(default=None, exclude_if=lambda part: part is None)
    tracks: Tracked | None = Field(default=None, exclude_if=lambda part: part is None)


class Open(Parts):
    """In the hands of one unit, its clock running. ``overdue``: the clock ran out and that was said.

    overdue_at: when it first ran out, once it has been moved since; assigned_on: where the clock counts from before.
    """

    status: Literal["open"] = "open"
    unit: str
    zone: str | None
    clock: Clock
    overdue: bool = False
    counted: bool = Field(default=True, exclude_if=lambda counted: counted)
    overdue_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)
    assigned_on: date | None = Field(default=None, exclude_if=lambda on: on is None)


class Closed(Parts):
    """Concluded; other clocks may be started since.

    unit: who had it to its end, perhaps a superior; since, overdue_on: on which day it was given to it, and when its
    clock ran out before.
    """

    status: Literal["closed"] = "closed"
    unit: str
    zone: str | None = None
    since: date | None = None
    overdue_on: date | None = None


class Withdrawn(Parts):
    """Given up: the petition went back to the petition office, and may be accepted again."""

    status: Literal["withdrawn"] = "withdrawn"
    unit: str


class SentUp(Parts):
    """With the common superior.

    clock: by when it is to decide who handles the case, None where it is not asked to; overdue: it has not, and that
    was said; handling, assigned_on, overdue_at: the clock of the case, where one ran.
    """

    status: Literal["sent_up"] = "sent_up"
    superior: str
    since: date | None = None
    clock: Clock | None = None
    overdue: bool = False
    handling: Clock | None = None
    assigned_on: date | None = Field(default=None, exclude_if=lambda on: on is None)
    overdue_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)


Case = Annotated[Open | Closed | Withdrawn | SentUp, Field(discriminator="status")]
State = Open | Closed | Withdrawn | SentUp | Accepted | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The case after a fact: its life, then each part. What was settled before a reopening is so no longer."""
    if isinstance(fact, CaseConcluded | CaseSettled) and not is_about(state, fact):
        return state
    if isinstance(fact, CaseSettled) and isinstance(state, Parts) and fact.reopenings < state.hands.reopenings:
        return state
    return _clocks_after(_pressed_after(state, _life_after(state, fact, now), fact), fact, now)


def _life_after(state: State, fact: Message, now: datetime) -> State:
    match fact:
        case PetitionAccepted():
            if not is_new(state, fact):
                return state
            earlier = state.pressing if isinstance(state, Parts) else None
            return Accepted(given=given_by(fact), acceptance=fact.acceptance, pressing=earlier)
        case CaseAssigned() | CaseReassigned() | CaseSentUp():
            return _moved(state, fact, now)
        case CaseOverdue() if isinstance(state, Open):
            return state.model_copy(update={"overdue": True, "hands": evolve_hands(state.hands, fact, now)})
        case CaseOverdue() if isinstance(state, Closed):
            # It ran out before it was concluded, and the conclusion was heard before any tick.
            hands = evolve_hands(state.hands, fact, now)
            return state.model_copy(update={"overdue_on": civil_date(fact.clock.due_at), "hands": hands})
        case SuperiorOverdue() if isinstance(state, SentUp):
            return state.model_copy(update={"overdue": True})
        case CaseResumed() if isinstance(state, Closed):
            return _resumed(state, fact)
        case CaseConcluded() if isinstance(state, Parts) and fact.reopenings != state.hands.reopenings:
            return state
        case CaseConcluded() if isinstance(state, Open) or (isinstance(state, SentUp) and state.handling):
            return _concluded(state, fact)
        case AssignmentCorrected() if isinstance(state, Open | SentUp):
            changed: dict[str, object] = {"hands": evolve_hands(state.hands, fact, now)}
            if isinstance(state, Open):
                changed["counted"] = fact.after.counted
            return state.model_copy(update=changed)
        case CaseWithdrawn() if isinstance(state, Open | SentUp | Closed):
            return Withdrawn(unit=fact.unit, acceptance=state.acceptance, hands=at_the_end(state.hands))
        case TieDeclared() | AssignmentObjected() if isinstance(state, Parts):
            return state.model_copy(update={"hands": evolve_hands(state.hands, fact, now)})
        case _:
            return state


def is_about(state: State, fact: CaseConcluded | CaseSettled) -> bool:
    """Whether review speaks of the case that there is, and not of an earlier acceptance's.

    One that names no acceptance was said before they did: of whichever there is.
    """
    return fact.acceptance is None or state is None or fact.acceptance == state.acceptance


def _concluded(state: Open | SentUp, fact: CaseConcluded) -> Closed:
    """In the name of who concluded it, unless that unit was tied meanwhile: then of who has it."""
    unit, zone = fact.unit, fact.zone
    began = state.clock if isinstance(state, Open) else state.handling
    since = state.assigned_on or (civil_date(began.started_at) if began else None)
    if unit in state.hands.excluded:
        unit, zone = (state.unit, state.zone) if isinstance(state, Open) else (state.superior, None)
        since = since if isinstance(state, Open) else state.since
    return Closed(
        unit=unit,
        zone=zone,
        since=since,
        overdue_on=overdue_on(state),
        acceptance=state.acceptance,
        hands=at_the_end(state.hands),
        # Counted on: what falls due after the conclusion is told from what fell due before.
        clocks=Clocks(moves=state.clocks.moves + 1),
    )


def _resumed(state: Closed, fact: CaseResumed) -> Open:
    """In hand again: since when it is counted, and that it was late, stays as it was."""
    late = state.overdue_on
    hands = {"given": Given(traits=fact.traits), "reopenings": fact.times}
    clocks = {"moves": state.clocks.moves + 1, "handling": Progress()}
    return Open(
        unit=fact.unit,
        zone=fact.zone,
        clock=fact.clock,
        overdue=late is not None,
        overdue_at=start_of(late) if late else None,
        counted=fact.traits.counted,
        assigned_on=state.since,
        acceptance=state.acceptance,
        hands=state.hands.model_copy(update=hands),
        clocks=state.clocks.model_copy(update=clocks),
    )


def is_new(state: State, accepted: PetitionAccepted) -> bool:
    """Whether an acceptance makes a case: the first one, or one after the earlier case is over."""
    is_anew = isinstance(state, Withdrawn | Closed) and accepted.acceptance > state.acceptance
    return state is None or is_anew


def _moved(state: State, fact: CaseAssigned | CaseReassigned | CaseSentUp, now: datetime) -> State:
    if isinstance(fact, CaseAssigned):
        return _begun(state.given if isinstance(state, Accepted) else None, fact, now)
    given = state.given if isinstance(state, Accepted) else None
    before = state.hands if isinstance(state, Open | SentUp | Closed) else Hands(given=given)
    hands = evolve_hands(before, fact, now)
    if isinstance(fact, CaseSentUp):
        return _sent_up(state, fact, hands, now)
    if isinstance(state, Closed):
        # Concluded by the unit that had it before: it goes back into its name, from the day that figures count.
        since = fact.counted_on or civil_date(fact.clock.started_at)
        changed = {"unit": fact.unit, "zone": fact.zone, "since": since, "hands": at_the_end(hands)}
        return state.model_copy(update=changed)
    clocks = state.clocks if isinstance(state, Open | SentUp) else Clocks()
    ran = state.clock if isinstance(state, Open) else state.handling if isinstance(state, SentUp) else None
    if ran is None or ran.started_at != fact.clock.started_at:
        clocks = clocks.model_copy(update={"handling": Progress(), "moves": clocks.moves + 1})
    elif isinstance(state, SentUp):
        clocks = evolving.gone_on(clocks, now)
    return Open(
        unit=fact.unit,
        zone=fact.zone,
        clock=fact.clock,
        overdue=hands.lapsed is not None,
        overdue_at=state.overdue_at if isinstance(state, Open | SentUp) else None,
        assigned_on=fact.counted_on,
        counted=fact.traits.counted,
        acceptance=fact.acceptance,
        hands=hands,
        clocks=clocks,
    )


def _begun(given: Given | None, fact: CaseAssigned, now: datetime) -> Open:
    began_before = fact.clock.started_at != now
    return Open(
        unit=fact.unit,
        zone=fact.zone,
        clock=fact.clock,
        counted=fact.traits.counted,
        acceptance=fact.acceptance,
        assigned_on=civil_date(now) if began_before else None,
        hands=begun(given, fact),
        clocks=Clocks(handling=Progress(since=now)) if began_before else Clocks(),
    )


def _sent_up(state: State, fact: CaseSentUp, hands: Hands, now: datetime) -> SentUp:
    had = state if isinstance(state, Open | SentUp) else None
    return SentUp(
        superior=fact.superior,
        since=civil_date(now),
        clock=fact.clock,
        handling=had.clock if isinstance(had, Open) else had.handling if had else None,
        assigned_on=had.assigned_on if had else None,
        overdue_at=_overdue_at(had),
        acceptance=fact.acceptance,
        hands=hands,
        clocks=had.clocks if had else Clocks(),
    )


def _overdue_at(state: Open | SentUp | None) -> datetime | None:
    """When the handling clock first ran out."""
    if isinstance(state, Open):
        return (state.overdue_at or state.clock.due_at) if state.overdue else None
    return state.overdue_at if state else None


def _pressed_after(before: State, after: State, fact: Message) -> State:
    if not isinstance(after, Parts):
        return after
    parts = {
        "pressing": pressing.evolve(None if before is None else before.pressing, fact),
        "tracks": tracked.evolve(before.tracks if isinstance(before, Parts) else None, fact),
    }
    if parts["pressing"] is after.pressing and parts["tracks"] is after.tracks:
        return after
    return after.model_copy(update=parts)


def _clocks_after(state: State, fact: Message, now: datetime) -> State:
    if not isinstance(state, Open | Closed | SentUp):
        return state
    if isinstance(fact, ClockRecomputed) and fact.letter is not None:
        return state
    if isinstance(fact, ClockRecomputed) and fact.superior is not None:
        return state.model_copy(update={"clock": fact.after}) if isinstance(state, SentUp) else state
    found = handling_in(state)
    handling = found.clock if found else None
    clocks, clock = evolving.after(state.clocks, handling, found.progress if found else Progress(), fact, now)
    if clocks is state.clocks and clock is handling:
        return state
    changes: dict[str, object] = {"clocks": clocks}
    if clock is not handling:
        changes["handling" if isinstance(state, SentUp) else "clock"] = clock
        if isinstance(state, Open) and state.overdue and state.overdue_at is None:
            changes["overdue_at"] = state.clock.due_at
    if isinstance(state, SentUp) and isinstance(fact, CaseRecounted) and state.clock is not None:
        changes["clock"] = evolving.counted_by(fact.calendar, state.clock)
    return state.model_copy(update=changes)


def holder_of(state: Open | Closed | SentUp) -> str:
    """Who has the case: a unit, or the superior."""
    return state.superior if isinstance(state, SentUp) else state.unit


def is_superior(holder: str) -> bool:
    """Whether who has a case is no unit of the district."""
    return holder.startswith("superior")


def assigned_on(state: Open) -> date:
    """The day on which a unit was first given the case; its clock may count from before."""
    return state.assigned_on or civil_date(state.clock.started_at)


def overdue_on(state: Open | SentUp) -> date | None:
    """The day with which the handling clock first ran out; None when it did not."""
    if state.hands.lapsed is not None:
        return state.hands.lapsed.on
    at = _overdue_at(state)
    return civil_date(at) if at else None


def running_in(state: State) -> Iterator[Running]:
    """The case's clocks, the handling clock first. With the superior none of them falls due."""
    match state:
        case Open():
            yield from running(state.clocks, state.clock, _overdue_at(state))
        case Closed():
            yield from running(state.clocks, None, None)


def in_hand(state: State) -> str | None:
    """The unit that has the case in its hands."""
    return state.unit if isinstance(state, Open) else None


def handling_in(state: State) -> Running | None:
    """The clock of the case itself and how it has gone on, also while the superior has it; None where none runs."""
    match state:
        case Open():
            return next(running(state.clocks, state.clock, _overdue_at(state)))
        case SentUp(handling=Clock() as handling):
            return next(running(state.clocks, handling, state.overdue_at))
        case _:
            return None


def beside_in(state: State) -> list[Running]:
    """The clocks beside it, by name."""
    return [*running(state.clocks, None, None)] if isinstance(state, Open | Closed | SentUp) else []


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    if isinstance(state, SentUp):
        return None if state.overdue or state.clock is None else state.clock.due_at
    moments = [at for one in running_in(state) if (at := next_at(one)) is not None]
    letter = pressing.due_at(state.pressing) if isinstance(state, Open | Closed) else None
    return min([*moments, *([letter] if letter else [])], default=None)


def leader_of(state: State) -> str | None:
    """Who of the leadership owns a case that is in hand."""
    return state.pressing.leader if isinstance(state, Open) and state.pressing is not None else None
