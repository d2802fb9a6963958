"""From a clock of the district file, and what has moved it since, to its moments. Pure.

Everything is counted anew from the beginning each time: a corrected calendar then gives what it would have given.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from xinfang_contracts.district import ClockUnit, District
from xinfang_contracts.routing import Clock, WarnedAt

from services.runtime import calendar as days
from services.runtime.clock import civil_date, due_date, end_of, moment_before, nth_working_day, working_days_within

from .state import Progress, Step


class Length(NamedTuple):
    """So many of a unit."""

    length: int
    unit: ClockUnit


def start(district: District, name: str, started_at: datetime, fixed_on: date | None = None) -> Clock:
    """A clock of the district file that starts then. KeyError where the file has no such clock.

    fixed_on: its last day, where a superior has set one.
    """
    known = district.clocks[name]
    set_above = fixed_on is not None
    clock = Clock(
        name=name,
        started_at=started_at,
        due_at=started_at,
        basis=known.basis,
        length=None if set_above else known.length,
        unit=None if set_above else known.unit,
        fixed_on=fixed_on,
    )
    return count(district, clock, Progress())


def count(district: District, clock: Clock, progress: Progress) -> Clock:
    """The clock with its moments as they follow from its history and the district's calendar."""
    clock = _with_length(clock)
    last = _last_day(district, clock, progress)
    known = district.clocks.get(clock.name)
    warnings = [] if known is None else known.warnings
    uses_days = _uses_days(clock, progress)
    years = range(civil_date(clock.started_at).year, last.year + 1)
    is_counted = uses_days or any(one.before.unit == "working_day" for one in warnings)
    return clock.model_copy(
        update={
            "due_at": end_of(last),
            "warnings": [
                WarnedAt(colour=one.colour, at=moment_before(last, one.before, district.calendar)) for one in warnings
            ],
            "calendar": days.revision(district.calendar) if is_counted else None,
            "provisional": uses_days and not all(days.is_arranged(year, district.calendar) for year in years),
        }
    )


def unarranged_years(district: District, clock: Clock) -> list[int]:
    """The years through which a provisional clock runs and of which no arrangement is known."""
    if not clock.provisional:
        return []
    years = range(civil_date(clock.started_at).year, civil_date(clock.due_at - timedelta(microseconds=1)).year + 1)
    return [year for year in years if not days.is_arranged(year, district.calendar)]


def _with_length(clock: Clock) -> Clock:
    """A clock from before clocks said their length keeps the last day that it has."""
    if clock.length is not None or clock.fixed_on is not None:
        return clock
    return clock.model_copy(update={"fixed_on": civil_date(clock.due_at) - timedelta(days=1)})


def _uses_days(clock: Clock, progress: Progress) -> bool:
    return clock.unit == "working_day" or any(step.unit == "working_day" for step in progress.steps)


def _last_day(district: District, clock: Clock, progress: Progress) -> date:
    calendar = district.calendar
    if clock.fixed_on is not None:
        day = clock.fixed_on
    else:
        assert clock.length is not None and clock.unit is not None
        day = due_date(civil_date(clock.started_at), Length(clock.length, clock.unit), calendar)
    stands_since: date | None = None
    for step in progress.steps:
        match step.kind:
            case "extended":
                day = due_date(day, Length(step.length, step.unit), calendar)
            case "until":
                day = step.on or day
            case "suspended":
                stands_since = step.on
            case "resumed" if stands_since is not None and step.on is not None:
                day = _resumed(district, clock, day, stands_since, step.on)
                stands_since = None
    return day


def _resumed(district: District, clock: Clock, last: date, since: date, on: date) -> date:
    """The last day of a clock that stood from ``since`` until it went on ``on``: as many days follow as were left.

    The day on which it began to stand does not count, the day on which it goes on does.
    """
    left = working_days_within(since, last, district.calendar) if clock.unit == "working_day" else 0
    if left == 0:
        return last + (on - since)
    return nth_working_day(on - timedelta(days=1), left, district.calendar)


def extend(district: District, clock: Clock, progress: Progress, step: Step) -> Clock:
    """The clock as it is after one more step."""
    return count(district, clock, progress.model_copy(update={"steps": (*progress.steps, step)}))
