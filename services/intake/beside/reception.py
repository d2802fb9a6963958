"""The reception roster: shifts, swaps, attendance, receptions. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.reception import (
    AgreeSwap,
    AskSwap,
    AttendanceRecorded,
    PlanShift,
    ReceptionRecorded,
    RecordAttendance,
    RecordReception,
    ShiftPlanned,
    SwapAgreed,
    SwapAsked,
)

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Notice, Output, Refused

from ..state import Sealed
from .facts import (
    Contacted,
    Facts,
    is_petition_office,
    is_town,
    missing,
    ref_of,
    seal_words,
    shelve,
    unknown_among,
    unnamed,
)
from .state import Shift, State


def plan(_state: State, message: PlanShift, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office puts a shift on the roster; whoever is on it is told."""
    if not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not is_town(message.town, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    people = list(dict.fromkeys(message.people))
    if unknown_among(people, facts.district):
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    fact = ShiftPlanned(item=facts.number, on=message.on, part=message.part, town=message.town, people=people)
    return [fact, *(Notice(one, fact) for one in people if one != facts.actor)]


def ask_swap(state: State, message: AskSwap, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Somebody on the shift asks another, before its day is over."""
    if refused := _no_shift(state, message.item, facts):
        return [refused]
    if not isinstance(state, Shift) or facts.actor not in state.people:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if unknown_among([message.other], facts.district):
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if message.other in state.people or _is_over(state, now):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if state.asked is not None and (state.asked.by, state.asked.other) == (facts.actor, message.other):
        return []
    fact = SwapAsked(item=message.item, by=facts.actor, other=message.other)
    return [fact, Notice(message.other, fact)]


def agree_swap(state: State, message: AgreeSwap, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The other agrees; nobody else can for them."""
    if refused := _no_shift(state, message.item, facts):
        return [refused]
    if not isinstance(state, Shift) or state.asked is None or state.asked.other != facts.actor:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if _is_over(state, now):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = SwapAgreed(item=message.item, by=state.asked.by, other=facts.actor)
    return [fact, Notice(fact.by, fact)]


def record_attendance(state: State, message: RecordAttendance, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office writes down who was there, not before the day; once more corrects it."""
    if refused := _no_shift(state, message.item, facts):
        return [refused]
    if not isinstance(state, Shift) or not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not set(message.present) <= set(state.people):
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if civil_date(now) < state.on:
        return [Refused(RefusalReason.TOO_EARLY)]
    present = [one for one in state.people if one in message.present]
    if present == state.attended:
        return []
    absent = [one for one in state.people if one not in message.present]
    return [AttendanceRecorded(item=message.item, present=present, absent=absent)]


def record_reception(state: State, message: RecordReception, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Who received whom: a petition by its number, or a consultation only. Never a name.

    What was said on a petition is the petition's: of a sealed one it goes sealed to its reader, unmentioned.
    """
    if refused := _no_shift(state, message.item, facts):
        return [refused]
    if not isinstance(state, Shift) or not (is_petition_office(facts) or facts.actor in state.people):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if message.by not in state.people:
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if message.petition is not None and (refused := unnamed(message.petition, facts)):
        return [refused]
    if civil_date(now) < state.on:
        return [Refused(RefusalReason.TOO_EARLY)]
    is_sealed = message.petition is not None and isinstance(facts.petitions[message.petition], Sealed)
    fact = ReceptionRecorded(
        item=message.item,
        by=message.by,
        town=state.town,
        on=state.on,
        petition=message.petition,
        document=None if is_sealed else ref_of(facts),
    )
    if message.petition is None:
        return [fact, *shelve(message.item, facts)]
    contact = Keep(Contacted(message.petition, "reception"))
    if not is_sealed:
        return [fact, *shelve(message.item, facts, message.petition), contact]
    if facts.words is None:
        return [fact, contact]
    if facts.sealed is None:
        raise ValueError("words on a sealed petition come sealed for its reader")
    return [fact, *seal_words(message.petition, facts.sealed, facts, now), contact]


def _no_shift(state: State, item: str, facts: Facts) -> Refused | None:
    if refused := missing(state, item, facts.district):
        return refused
    return None if isinstance(state, Shift) else Refused(RefusalReason.UNKNOWN_ITEM)


def _is_over(state: Shift, now: datetime) -> bool:
    return state.attended is not None or state.on < civil_date(now)
