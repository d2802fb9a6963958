"""Indicators: periods that are half open, sums that carry both counts, and no value without a base."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.counting import NOW
from services.metrics.indicators import INDICATORS, STANDING, Cell, Indicator, periods, value

JAN, FEB, MAR, JUN, JUL, NOV, DEC = (date(2023, month, 1) for month in (1, 2, 3, 6, 7, 11, 12))
FLOOR = datetime(2023, 1, 1, tzinfo=UTC)
LATE, LATEST = datetime(2023, 3, 5, tzinfo=UTC), datetime(2023, 3, 9, tzinfo=UTC)
COUNT = Indicator("petitions_accepted", "受理件数", "items", "accepted")
RATE = Indicator("real_name_rate", "实名举报件占比", "percent", "accepted_real_name", "accepted")


def months(year: int, first: int, last: int) -> list[date]:
    return [date(year, month, 1) for month in range(first, last + 1)]


def test_a_month_stands_in_its_quarter_its_half_and_its_year() -> None:
    found = periods(NOV, NOV)
    assert found == {
        "2023-11": [NOV],
        "2023-Q4": months(2023, 10, 12),
        "2023-H2": months(2023, 7, 12),
        "2023": months(2023, 1, 12),
        "2023-to-11": months(2023, 1, 11),
    }


@pytest.mark.parametrize(
    ("month", "quarter", "half"),
    [(JAN, "Q1", "H1"), (MAR, "Q1", "H1"), (JUN, "Q2", "H1"), (JUL, "Q3", "H2"), (DEC, "Q4", "H2")],
)
def test_quarters_and_halves_turn_where_the_year_says(month: date, quarter: str, half: str) -> None:
    assert {f"2023-{quarter}", f"2023-{half}"} <= periods(month, month).keys()
    assert len([name for name in periods(month, month) if name[5:6] in ("Q", "H")]) == 2


@pytest.mark.parametrize(
    ("month", "until", "last"),
    [
        (FEB, FEB, 2),
        (FEB, DEC, 12),
        (FEB, date(2024, 1, 1), 12),
        (FEB, date(2030, 6, 1), 12),
        # A fact may be ahead of the clock's last tick, over a month's or a year's end: nothing later is said yet.
        (FEB, JAN, 2),
        (FEB, date(2022, 12, 1), 2),
        (DEC, date(2022, 12, 1), 12),
    ],
)
def test_to_month_periods_run_from_the_month_to_the_clocks(month: date, until: date, last: int) -> None:
    names = [name for name in periods(month, until) if "-to-" in name]
    assert names == [f"2023-to-{to:02d}" for to in range(month.month, last + 1)]


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.dates(date(2000, 1, 1), date(2040, 12, 31)))
@settings(deadline=None, max_examples=50)
def test_a_month_is_in_each_of_its_periods_once_and_no_period_leaves_its_year(day: date, now: date) -> None:
    month = day.replace(day=1)
    for name, span in periods(month, now.replace(day=1)).items():
        assert span.count(month) == 1
        assert span == sorted(set(span))
        assert {one.year for one in span} == {int(name[:4])}
        assert span[0].month == 1 or "-to-" not in name


def test_standing_figures_have_one_period_which_is_now() -> None:
    assert periods(NOW, NOV) == {"now": [NOW]}


def test_only_the_months_of_the_period_are_summed() -> None:
    counts = {("accepted", month, "district"): Cell(10**n, 1, LATE) for n, month in enumerate((FEB, MAR, JUN, JUL))}
    (whole,) = value(COUNT, "2023-H1", months(2023, 1, 6), counts, FLOOR).scopes
    assert (whole.scope, whole.numerator, whole.value, whole.denominator) == ("district", 111, 111.0, None)


def test_a_rate_carries_both_counts_beside_its_value() -> None:
    counts = {
        ("accepted", FEB, "district"): Cell(30, 30, LATE),
        ("accepted", MAR, "district"): Cell(9, 9, LATEST),
        ("accepted_real_name", FEB, "district"): Cell(32, 32, LATE),
        ("received", FEB, "district"): Cell(176, 176, LATEST),
    }
    said = value(RATE, "2023", months(2023, 1, 12), counts, FLOOR)
    (whole,) = said.scopes
    assert (whole.numerator, whole.denominator) == (32, 39)
    assert whole.value is not None and round(whole.value, 1) == 82.1
    assert (said.as_of, said.revision, said.formula, said.unit) == (LATEST, 71, 1, "percent")


def test_without_a_base_there_is_no_value_and_not_a_zero() -> None:
    counts = {
        ("accepted", FEB, "zone:zone_1"): Cell(4, 4, LATE),
        ("accepted_real_name", FEB, "zone:zone_2"): Cell(1, 1, LATE),
    }
    said = {one.scope: one for one in value(RATE, "2023-02", [FEB], counts, FLOOR).scopes}
    assert (said["zone:zone_1"].denominator, said["zone:zone_1"].value) == (4, 0.0)
    assert (said["zone:zone_2"].numerator, said["zone:zone_2"].denominator, said["zone:zone_2"].value) == (1, 0, None)
    assert (said["district"].numerator, said["district"].denominator, said["district"].value) == (0, 0, None)


def test_where_nothing_was_counted_the_district_says_so_as_of_the_floor() -> None:
    said = value(COUNT, "2023-02", [FEB], {("accepted", MAR, "district"): Cell(1, 1, LATE)}, FLOOR)
    assert [(one.scope, one.value) for one in said.scopes] == [("district", 0.0)]
    assert (said.as_of, said.revision) == (FLOOR, 0)


def test_every_change_of_either_count_raises_the_revision() -> None:
    counts = {("accepted", FEB, "district"): Cell(3, 3, LATE)}
    before = value(RATE, "2023-02", [FEB], counts, FLOOR).revision
    counts["accepted_real_name", FEB, "district"] = Cell(1, 1, LATE)
    after = value(RATE, "2023-02", [FEB], counts, FLOOR).revision
    counts["accepted", FEB, "town:430406001"] = Cell(1, 1, LATE)
    assert before < after < value(RATE, "2023-02", [FEB], counts, FLOOR).revision


def test_a_negative_correction_is_summed_like_any_other() -> None:
    counts = {("accepted", FEB, "district"): Cell(3, 3, LATE), ("accepted", MAR, "district"): Cell(-1, 1, LATE)}
    assert value(COUNT, "2023", months(2023, 1, 12), counts, FLOOR).scopes[0].numerator == 2


def test_codes_are_one_each_and_a_rate_is_a_percentage() -> None:
    codes = [one.code for one in INDICATORS]
    assert len(set(codes)) == len(codes)
    assert all((one.unit == "percent") == (one.denominator is not None or one.change) for one in INDICATORS)
    assert {name for one in INDICATORS for name in (one.numerator, one.denominator)} >= STANDING
