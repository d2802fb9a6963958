"""The clock of a clarification: started, reminded of, run out, counted anew. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from xinfang_contracts.clarification import ClarificationOverdue, ClarificationRecounted, ClarificationReminded
from xinfang_contracts.district import ClockUnit, District, OfficeKind
from xinfang_contracts.routing import Clock, WarnedAt

from services.runtime import calendar as days
from services.runtime.clock import civil_date, due_date, end_of, moment_before
from services.runtime.rules import Output

from ..facts import Facts
from ..state import Concluded, State
from .asking import Concerning
from .people import approver, hands, offices, tell
from .state import Clarification, ClarifyingRecounted


class Length(NamedTuple):
    """So many of a unit."""

    length: int
    unit: ClockUnit


def start(district: District, name: str, at: datetime) -> Clock:
    """A clock of the district file that starts then."""
    known = district.clocks[name]
    clock = Clock(name=name, started_at=at, due_at=at, basis=known.basis, length=known.length, unit=known.unit)
    return count(district, clock)


def count(district: District, clock: Clock) -> Clock:
    """The clock with its moments as they follow from the district's calendar as it is now."""
    assert clock.length is not None and clock.unit is not None
    first = civil_date(clock.started_at)
    last = due_date(first, Length(clock.length, clock.unit), district.calendar)
    known = district.clocks.get(clock.name)
    warnings = [] if known is None else known.warnings
    years = range(first.year, last.year + 1)
    uses_days = clock.unit == "working_day"
    return clock.model_copy(
        update={
            "due_at": end_of(last),
            "warnings": [
                WarnedAt(colour=one.colour, at=moment_before(last, one.before, district.calendar)) for one in warnings
            ],
            "calendar": days.revision(district.calendar),
            "provisional": uses_days and not all(days.is_arranged(year, district.calendar) for year in years),
        }
    )


def due_moment(state: State) -> datetime | None:
    """When the next reminder is due, or the clock of one has run out; None when nothing is."""
    return min((at for one, clock in _running(state) for at in _moments(one, clock)), default=None)


def counted_by(state: State) -> str | None:
    """The calendar by which a running clarification was counted; None without one."""
    return min((clock.calendar for _, clock in _running(state) if clock.calendar is not None), default=None)


def lapse(state: State, message: Concerning, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Remind whoever is to do it; where its time is over, say so once, to the petition office and the principal too."""
    return [output for one, clock in _running(state) for output in _lapsed(one, clock, state, message, facts, now)]


def recount(state: State, message: ClarifyingRecounted, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A corrected calendar moves what is not yet late; whoever is to do it is told."""
    outputs: list[Output] = []
    for one, before in _running(state):
        after = count(facts.district, before)
        if isinstance(state, Concluded) and one.overdue_on is None and after.due_at != before.due_at:
            fact = ClarificationRecounted(petition=message.petition, number=one.number, before=before, after=after)
            outputs += tell(fact, [hands(facts.district, state.case)], state.case)
    return outputs


def _running(state: State) -> Iterator[tuple[Clarification, Clock]]:
    if isinstance(state, Concluded) and state.case.clarifying is not None:
        yield from ((one, one.clock) for one in state.case.clarifying.items if one.stage == "approved" and one.clock)


def _moments(one: Clarification, clock: Clock) -> Iterator[datetime]:
    if one.overdue_on is None:
        yield clock.due_at
        yield from (warned.at for warned in clock.warnings if warned.colour not in one.reminded)


def _lapsed(
    one: Clarification, clock: Clock, state: State, message: Concerning, facts: Facts, now: datetime
) -> Sequence[Output]:
    if not isinstance(state, Concluded) or one.overdue_on is not None:
        return []
    case, district = state.case, facts.district
    doing = hands(district, case)
    if clock.due_at <= now:
        late = ClarificationOverdue(
            petition=message.petition,
            number=one.number,
            traits=case.traits,
            unit=one.proposed.unit,
            zone=one.proposed.zone,
            cleared=one.proposed.cleared,
            clock=clock,
        )
        return tell(late, [doing, *offices(district, OfficeKind.PETITION), approver(district, case)], case)
    return [
        output
        for warned in clock.warnings
        if warned.colour not in one.reminded and warned.at <= now
        for output in tell(
            ClarificationReminded(petition=message.petition, number=one.number, colour=warned.colour, clock=clock),
            [doing],
            case,
        )
    ]
