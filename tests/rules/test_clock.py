"""Legal clocks against dates counted by hand from the State Council's holiday notices for 2023 to 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import Calendar

from services.runtime.calendar import is_working_day
from services.runtime.clock import civil_date, due_at, due_date
from tests.rules.given import YANFENG, at, clock

PLAIN = Calendar()
# (month, first day, last day) of each holiday; (month, day) of each weekend day that is worked instead.
OFF = {
    2023: [(1, 1, 2), (1, 21, 27), (4, 5, 5), (4, 29, 30), (5, 1, 3), (6, 22, 24), (9, 29, 30), (10, 1, 6)],
    2024: [(1, 1, 1), (2, 10, 17), (4, 4, 6), (5, 1, 5), (6, 10, 10), (9, 15, 17), (10, 1, 7)],
    2025: [(1, 1, 1), (1, 28, 31), (2, 1, 4), (4, 4, 6), (5, 1, 5), (5, 31, 31), (6, 1, 2), (10, 1, 8)],
    2026: [(1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)],
}
MADE_UP = {
    2023: [(1, 28), (1, 29), (4, 23), (5, 6), (6, 25), (10, 7), (10, 8)],
    2024: [(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)],
    2025: [(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
    2026: [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
}
BY_HAND = [
    # Spring Festival 2023: off 21 to 27 January, Saturday 28 and Sunday 29 worked
    ("acceptance_notice", "规则26", "2023-01-16", "2023-02-09"),
    ("up_report", "规则15", "2023-01-20", "2023-02-01"),
    ("up_report", "规则15", "2023-01-28", "2023-02-02"),
    # 2024: off 10 to 17 February, Sunday 4 and Sunday 18 worked
    ("up_report", "规则15", "2024-02-02", "2024-02-08"),
    ("lower_transfer", "规则16", "2024-02-05", "2024-02-18"),
    # 2025: off 28 January to 4 February, Sunday 26 January and Saturday 8 February worked
    ("lower_transfer", "规则16", "2025-01-24", "2025-02-07"),
    ("acceptance_notice", "规则26", "2025-01-24", "2025-02-20"),
    # 2026: off 15 to 23 February, Saturday 14 and Saturday 28 worked
    ("up_report", "规则15", "2026-02-12", "2026-02-26"),
    ("acceptance_notice", "规则26", "2026-02-12", "2026-03-11"),
    # National Day
    ("result_feedback", "规则27", "2023-09-27", "2023-10-24"),
    ("up_report", "规则15", "2024-09-27", "2024-10-10"),
    ("result_feedback", "规则27", "2024-09-27", "2024-10-23"),
    ("up_report", "规则15", "2025-09-26", "2025-10-10"),
    ("up_report", "规则15", "2026-09-30", "2026-10-13"),
    # Labour Day 2024: off 1 to 5 May, Sunday 28 April and Saturday 11 May worked
    ("clarification", "湖南办法", "2024-04-26", "2024-05-20"),
    # calendar days run through holidays and end on one
    ("petition_transfer", "条例22", "2023-01-14", "2023-01-29"),
    ("petition_notice", "条例23", "2024-02-01", "2024-02-16"),
    ("appeal_completion", "条例34", "2023-12-31", "2024-02-29"),
    # months end on the same number, or on the month's last day
    ("assigned_from_above", "规则21", "2023-11-06", "2024-02-06"),
    ("assigned_from_above", "规则21", "2023-11-30", "2024-02-29"),
    ("assigned_from_above", "规则21", "2022-11-30", "2023-02-28"),
    ("assigned_from_above", "规则21", "2023-10-31", "2024-01-31"),
    ("review_decision", "监察法56", "2023-12-31", "2024-02-29"),
    ("reexamination_decision", "监察法56", "2024-02-29", "2024-03-29"),
    ("reexamination_decision", "监察法56", "2023-12-01", "2024-01-01"),
]


@pytest.mark.parametrize("year", sorted(OFF))
def test_every_day_is_worked_or_not_as_the_notice_says(year: int) -> None:
    off = {date(year, m, day) for m, first, last in OFF[year] for day in range(first, last + 1)}
    made_up = {date(year, m, day) for m, day in MADE_UP[year]}
    assert all(day.weekday() >= 5 for day in made_up)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    worked = {day for day in days if day in made_up or (day.weekday() < 5 and day not in off)}
    assert {day for day in days if is_working_day(day, PLAIN)} == worked


@pytest.mark.parametrize(("name", "article", "start", "last"), BY_HAND)
def test_a_clock_ends_on_the_day_counted_by_hand(name: str, article: str, start: str, last: str) -> None:
    assert YANFENG.clocks[name].basis == article
    assert due_date(date.fromisoformat(start), YANFENG.clocks[name], PLAIN) == date.fromisoformat(last)


@given(st.dates(date(2023, 1, 1), date(2026, 9, 1)), st.integers(1, 40))
@settings(deadline=None, max_examples=50)
def test_working_days_between_start_and_end_are_as_many_as_the_clock_has(start: date, length: int) -> None:
    end = due_date(start, clock(length, "working_day"), PLAIN)
    assert is_working_day(end, PLAIN)
    assert sum(is_working_day(start + timedelta(days=n), PLAIN) for n in range(1, (end - start).days + 1)) == length


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 36))
@settings(deadline=None, max_examples=50)
def test_months_never_end_in_the_wrong_month(start: date, length: int) -> None:
    end = due_date(start, clock(length, "month"), PLAIN)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == length
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2023, 2, 28, 15, 59, 59, 999999, UTC), date(2023, 2, 28)),
        (datetime(2023, 2, 28, 16, 0, tzinfo=UTC), date(2023, 3, 1)),
        (datetime(2023, 12, 31, 16, 0, tzinfo=UTC), date(2024, 1, 1)),
        (datetime(2024, 2, 28, 16, 0, tzinfo=UTC), date(2024, 2, 29)),
    ],
)
def test_the_day_turns_at_midnight_in_the_district(moment: datetime, day: date) -> None:
    assert civil_date(moment) == day


def test_the_last_moment_of_a_day_and_the_next_one_start_clocks_a_day_apart() -> None:
    notice = YANFENG.clocks["up_report"]
    # Wednesday 1 March and Thursday 2 March 2023: five working days on are the 8th and the 9th, each to its end.
    assert (
        due_at(at("2023-03-01 23:59:59"), notice, PLAIN)
        == at("2023-03-09 00:00")
        == datetime(2023, 3, 8, 16, tzinfo=UTC)
    )
    assert due_at(at("2023-03-02 00:00"), notice, PLAIN) == at("2023-03-10 00:00")


def test_a_clock_runs_out_at_one_moment_however_its_start_is_written() -> None:
    clock_of_months = YANFENG.clocks["handling"]
    there, here = datetime(2023, 11, 29, 16, 30, tzinfo=UTC), at("2023-11-30 00:30")
    assert there == here
    assert due_at(there, clock_of_months, PLAIN) == due_at(here, clock_of_months, PLAIN) == at("2024-03-01 00:00")
