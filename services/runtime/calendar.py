"""Which days are worked: China's official arrangement, as corrected by a district's file."""

from datetime import date
from functools import lru_cache
from importlib.metadata import version

import holidays
from holidays.countries.china import ChinaStaticHolidays
from xinfang_contracts.district import Calendar

_ARRANGED = frozenset(ChinaStaticHolidays.special_public_holidays)
"""Years whose arrangement the library has: each moves some weekends, and stands in its table of moved days. Of any
other year it knows the holidays of the law, and not one made-up day."""


_LIBRARY = version("holidays").replace(".", "_")


@lru_cache(maxsize=32)
def _official(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


@lru_cache(maxsize=4)
def _named(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, language="zh_CN")


@lru_cache(maxsize=4096)
def _is_officially_worked(day: date) -> bool:
    """Make-up days included (every day of 2022-2026 was checked)."""
    return bool(_official(day.year).is_working_day(day))


def is_working_day(day: date, calendar: Calendar) -> bool:
    """As the district's file says; else officially, or in a year that the file has whole, by weekday."""
    corrected = calendar.corrected.get(day)
    if corrected is not None:
        return corrected
    return day.weekday() < 5 if day.year in calendar.whole_years else _is_officially_worked(day)


def name_of(day: date, calendar: Calendar) -> str:
    """What a day off is called officially; empty where it is not, or where the district's file says otherwise."""
    if day in calendar.corrected or day.year in calendar.whole_years:
        return ""
    return str(_named(day.year).get(day, ""))


def is_arranged(year: int, calendar: Calendar) -> bool:
    """Whether the year's arrangement is known. It comes out in the autumn before (国务院办公厅通知)."""
    return year in _ARRANGED or year in calendar.whole_years


def revision(calendar: Calendar) -> str:
    """A code that changes whenever days may be counted otherwise: with the district's file, and with the library."""
    return f"{calendar.digest}_{_LIBRARY}"
