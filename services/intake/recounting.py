"""Intake's own time limits, counted again when the calendar is corrected. Functions of values.

A case's clocks are routing's. Here each limit stands in the petition's state as its moment, with the day that it counts
from; what was counted before such days were kept stays as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from xinfang_contracts.deadlines import DeadlineRecomputed
from xinfang_contracts.district import District
from xinfang_contracts.message import DistrictCode, Message, PetitionNumber

from services.runtime.clock import civil_date, due_at, start_of
from services.runtime.rules import Keep, Notice, Output

from .decide import Facts, petition_offices
from .notices.owed import CLOCKS
from .screening.following import clock_of, reminded
from .state import Registered, ReportedUp, Screened, Sealed, State, up_report_due

What = Literal["transfer", "referral", "up_report", "hand_over", "notice"]


class PetitionRecounted(Message):
    """The calendar was corrected since a petition's limits were counted, or may have been. Never leaves the service."""

    petition: PetitionNumber


class CalendarPassed(Message):
    """How far a district's petitions were counted by its calendar: ``past`` this number, None: all. Stays here."""

    district: DistrictCode
    revision: str
    turn: int
    past: str | None
    on: date


@dataclass(frozen=True, slots=True)
class Passed:
    """That is to be remembered."""

    place: CalendarPassed


class Limit(NamedTuple):
    """By when something is to be done; since: the day that it counts from; clock: of the district file."""

    what: What
    due_at: datetime
    since: date
    clock: str | None
    told: list[str]
    notice: str | None = None


def recount(state: State, message: PetitionRecounted, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Count what is open by the calendar as it is now; said where a moment changes, to whom it concerns."""
    district, outputs = facts.district, list[Output]()
    for limit in limits_in(state, district):
        clock = district.clocks.get(limit.clock or "")
        if clock is None or clock.unit != "working_day":
            continue
        after = due_at(start_of(limit.since), clock, district.calendar)
        if after == limit.due_at:
            continue
        fact = DeadlineRecomputed(
            petition=message.petition,
            what=limit.what,
            notice=limit.notice,
            before=limit.due_at,
            after=after,
            basis=clock.basis,
        )
        outputs += [fact, *(Notice(actor, fact) for actor in limit.told)]
    return outputs


def remember(_state: None, message: CalendarPassed, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """So many are done."""
    return [Keep(Passed(message))]


def limits_in(state: State, district: District) -> Iterator[Limit]:
    """What of a petition is open and counts from a known day."""
    offices = petition_offices(district)
    match state:
        case Registered(due_at=datetime() as due, since=date() as since, overdue=False):
            yield Limit("transfer", due, since, district.remit.transfer_clock, offices)
        case Sealed():
            yield from _of_sealed(state, district)
        case Screened():
            follow_up = state.follow_up
            if follow_up is not None and follow_up.due_at is not None and follow_up.since is not None:
                told = [*offices, *reminded(state, district)]
                yield Limit("referral", follow_up.due_at, follow_up.since, clock_of(state, district), told)
            for id_, one in state.notices.items():
                if one.will_be_overdue and one.since is not None:
                    yield Limit("notice", one.due_at, one.since, CLOCKS[one.kind], offices, id_)


def _of_sealed(state: Sealed, district: District) -> Iterator[Limit]:
    """Nobody but its reader hears of it."""
    clock, up = district.remit.clock, up_report_due(state)
    if up is not None:
        yield Limit("up_report", up, civil_date(state.received_at), clock, [state.reader])
    waits: Sealed | ReportedUp = state.up or state
    since = waits.reported_at if isinstance(waits, ReportedUp) else waits.received_at
    reader = waits.superior if isinstance(waits, ReportedUp) else waits.reader
    if waits.hand_over_due_at is not None and waits.handed_over_at is None and not waits.reminded:
        yield Limit("hand_over", waits.hand_over_due_at, civil_date(since), clock, [reader])


def evolve(state: State, fact: DeadlineRecomputed) -> State:
    """The petition with the limit that has moved."""
    match fact.what, state:
        case "transfer", Registered():
            return state.model_copy(update={"due_at": fact.after})
        case "up_report", Sealed():
            return state.model_copy(update={"due_at": fact.after})
        case "hand_over", Sealed(up=ReportedUp() as up):
            return state.model_copy(update={"up": up.model_copy(update={"hand_over_due_at": fact.after})})
        case "hand_over", Sealed():
            return state.model_copy(update={"hand_over_due_at": fact.after})
        case "referral", Screened():
            moved = state.follow_up and state.follow_up.model_copy(update={"due_at": fact.after})
            return state.model_copy(update={"follow_up": moved})
        case "notice", Screened() if fact.notice in state.notices:
            moved_notice = state.notices[fact.notice].model_copy(update={"due_at": fact.after})
            return state.model_copy(update={"notices": state.notices | {fact.notice: moved_notice}})
        case _:
            return state
