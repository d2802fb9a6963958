"""What a calendar changes: a corrected one moves what is open, a missing one is warned of. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from xinfang_contracts.clocks import CalendarMissing, ClockRecomputed
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.message import DistrictCode, Message
from xinfang_contracts.routing import Clock

from services.runtime.calendar import is_arranged
from services.runtime.clock import civil_date
from services.runtime.rules import Notice, Output

from ..counted import Counted, counted_in
from ..facts import Facts
from ..state import Closed, Open, SentUp, State, holder_of
from .counting import count, unarranged_years
from .evolving import CaseRecounted

_OPERATOR = "operator"


class CalendarAsked(Message):
    """A month has begun in which a year's arrangement ought to be known: what a tick makes of it. Stays here."""

    district: DistrictCode
    year: int


def recount(state: State, message: CaseRecounted, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Count a case's clocks by the district's calendar as it is now; said where a moment changes."""
    if not isinstance(state, Open | Closed | SentUp):
        return []
    holder = holder_of(state)
    outputs: list[Output] = []
    for one in counted_in(state):
        clock = count(facts.district, one.clock, one.progress) if one.clock.calendar is not None else one.clock
        if (clock.due_at, clock.warnings) == (one.clock.due_at, one.clock.warnings):
            continue
        fact = ClockRecomputed(
            petition=message.petition,
            unit=holder,
            before=one.clock,
            after=clock,
            superior=one.superior,
            letter=one.letter,
        )
        outputs.append(fact)
        if clock.due_at != one.clock.due_at:
            told = dict.fromkeys([holder, *_pressed(state, one, facts.district), *_managers(facts.district)])
            outputs += [Notice(actor, fact) for actor in told if actor not in state.hands.excluded]
    return outputs


def _pressed(state: Open | Closed | SentUp, one: Counted, district: District) -> list[str]:
    """Of a letter: who wrote it, and the unit that is to answer."""
    letters = state.pressing.letters if state.pressing and one.letter else []
    found = next((letter for letter in letters if letter.number == one.letter), None)
    return [] if found is None else [found.by, *([found.to] if district.unit(found.to) else [])]


def ask(_state: None, message: CalendarAsked, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """No arrangement is known of a year that is near, or has begun: case management and the operator are told."""
    if is_arranged(message.year, facts.district.calendar):
        return []
    return list(_warn(message.year, "monthly", None, facts.district, now))


def warn_of(clock: Clock, facts: Facts, now: datetime) -> list[Output]:
    """A clock runs into a year of which no arrangement is known: said at once, for the first such clock of a year."""
    years = [year for year in unarranged_years(facts.district, clock) if year not in facts.warned_years]
    return [one for year in years for one in _warn(year, "clock_falls_there", clock.name, facts.district, now)]


def years_to_ask(district: District, now: datetime) -> list[int]:
    """The years of which an arrangement ought to be known now, is not, and would be needed."""
    today = civil_date(now)
    years = [today.year, *([today.year + 1] if today.month >= district.calendar.warn_from else [])]
    missing = [year for year in years if not is_arranged(year, district.calendar)]
    return missing if missing and _needs_days(district) else []


def _needs_days(district: District) -> bool:
    """Whether anything in the district file is counted in working days."""
    for clock in district.clocks.values():
        spans = [clock, clock.extension, *(one.before for one in clock.warnings)]
        if any(span is not None and span.unit == "working_day" for span in spans):
            return True
    return False


def _warn(year: int, rule: str, clock: str | None, district: District, now: datetime) -> Iterator[Output]:
    fact = CalendarMissing(district=district.code, year=year, on=civil_date(now), rule=rule, clock=clock)
    yield fact
    yield from (Notice(actor, fact) for actor in [*_managers(district), _OPERATOR])


def _managers(district: District) -> list[str]:
    return [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
