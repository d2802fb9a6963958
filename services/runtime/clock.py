"""Legal clocks: working days with make-up days, calendar days, months; all in the district's civil time."""

from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Protocol
from zoneinfo import ZoneInfo

from xinfang_contracts.district import Calendar, ClockUnit

from .calendar import is_working_day

ZONE = ZoneInfo("Asia/Shanghai")


class Length(Protocol):
    """So many of a unit: a clock of the district file, an extension, what a warning comes before."""

    @property
    def length(self) -> int: ...
    @property
    def unit(self) -> ClockUnit: ...


def civil_date(moment: datetime) -> date:
    """The date in the district at that moment."""
    return moment.astimezone(ZONE).date()


def due_date(start: date, clock: Length, calendar: Calendar) -> date:
    """The last day of a clock that starts on ``start``; that day itself is not counted.

    Months end on the day of the same number, or on the month's last day where there is none.
    """
    match clock.unit:
        case "calendar_day":
            return start + timedelta(days=clock.length)
        case "month":
            return _add_months(start, clock.length)
        case "working_day":
            return nth_working_day(start, clock.length, calendar)


def due_at(start: datetime, clock: Length, calendar: Calendar) -> datetime:
    """The moment at which a clock that starts at ``start`` has run out: the end of its last day in the district."""
    return end_of(due_date(civil_date(start), clock, calendar))


def end_of(day: date) -> datetime:
    """The midnight with which a day ends in the district."""
    return datetime.combine(day + timedelta(days=1), clock_time.min, ZONE)


def start_of(day: date) -> datetime:
    """The midnight with which a day begins in the district."""
    return datetime.combine(day, clock_time.min, ZONE)


def moment_before(last: date, span: Length, calendar: Calendar) -> datetime:
    """When so much is left of a clock that ends with the day ``last``: so many working days with that day, for one.

    It is the end of the latest day from which the same count, forward, comes to ``last``.
    """
    match span.unit:
        case "calendar_day":
            return end_of(last - timedelta(days=span.length))
        case "month":
            return end_of(_add_months(last, -span.length))
        case "working_day":
            day, left = last, span.length
            while left:
                left -= is_working_day(day, calendar)
                day -= timedelta(days=1)
            return end_of(day)


def nth_working_day(after: date, count: int, calendar: Calendar) -> date:
    """The so-manieth working day after a day."""
    day = after
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day


def working_days_within(first: date, last: date, calendar: Calendar) -> int:
    """How many days from ``first`` to ``last``, both counted, are worked."""
    return sum(is_working_day(first + timedelta(days=n), calendar) for n in range((last - first).days + 1))


def business_month(day: date, month_ends_on: int | None) -> date:
    """业务月: the first of the month under which ``day`` is counted, when months end on the same day of each."""
    first = day.replace(day=1)
    return first if month_ends_on is None or day.day <= month_ends_on else _first_of_next(first)


def _add_months(start: date, count: int) -> date:
    month = start.month - 1 + count
    first = date(start.year + month // 12, month % 12 + 1, 1)
    following = _first_of_next(first)
    return first.replace(day=min(start.day, (following - timedelta(days=1)).day))


def _first_of_next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
