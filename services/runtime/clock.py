"""Legal clocks: working days with make-up days, calendar days, months; all in the district's civil time."""

from datetime import date, datetime, timedelta
from datetime import time as clock_time
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from xinfang_contracts.district import Clock

ZONE = ZoneInfo("Asia/Shanghai")


def civil_date(moment: datetime) -> date:
    """The date in the district at that moment."""
    return moment.astimezone(ZONE).date()


@lru_cache(maxsize=32)
def _calendar(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """By China's official calendar, make-up days included (every day of 2022-2026 was checked)."""
    return bool(_calendar(day.year).is_working_day(day))


def due_date(start: date, clock: Clock) -> date:
    """The last day of a clock that starts on ``start``; that day itself is not counted.

    Months end on the day of the same number, or on the month's last day where there is none.
    """
    match clock.unit:
        case "calendar_day":
            return start + timedelta(days=clock.length)
        case "month":
            return _add_months(start, clock.length)
        case "working_day":
            return _add_working_days(start, clock.length)


def due_at(start: datetime, clock: Clock) -> datetime:
    """The moment at which a clock that starts at ``start`` has run out: the end of its last day in the district."""
    last = due_date(civil_date(start), clock)
    return datetime.combine(last + timedelta(days=1), clock_time.min, ZONE)


def business_month(day: date, month_ends_on: int | None) -> date:
    """业务月: the first of the month under which ``day`` is counted, when months end on the same day of each."""
    first = day.replace(day=1)
    return first if month_ends_on is None or day.day <= month_ends_on else _first_of_next(first)


@lru_cache(maxsize=4096)
def _add_working_days(start: date, count: int) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def _add_months(start: date, count: int) -> date:
    month = start.month - 1 + count
    first = date(start.year + month // 12, month % 12 + 1, 1)
    following = _first_of_next(first)
    return first.replace(day=min(start.day, (following - timedelta(days=1)).day))


def _first_of_next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
