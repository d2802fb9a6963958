"""A district's calendar: corrected, looked at backwards, changed under running clocks, and missing."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.clocks import CalendarMissing, ClockExtended, ClockRanOut, ClockRecomputed, ClockStarted
from xinfang_contracts.district import Calendar, Days, District, Span
from xinfang_contracts.message import Message

from services.routing.clocks.arrangement import CalendarAsked, ask, years_to_ask
from services.routing.clocks.evolving import CaseRecounted
from services.routing.counted import counted_by
from services.routing.facts import Facts
from services.routing.state import due_at
from services.runtime.calendar import is_arranged, is_working_day, revision
from services.runtime.clock import civil_date, due_date, moment_before
from tests.rules.clocked import BUSY, MANAGERS, PRINCIPAL, UNIT, Case, clock_of, extend, only, resume, start, suspend
from tests.rules.given import LIUYUAN, NOW, YANFENG, accepted, at, facts, told

PLAIN = Calendar()
CORRECTED = Calendar(
    holidays=[Days(first=date(2023, 3, 6), last=date(2023, 3, 7))], working_days=[Days(first=date(2023, 3, 11))]
)
"""Monday 6 and Tuesday 7 March off, Saturday 11 worked: a day less than there was."""


def span(length: int, unit: str) -> Span:
    return Span.model_validate({"length": length, "unit": unit})


def with_calendar(calendar: Calendar, district: District = BUSY) -> District:
    return district.model_copy(update={"calendar": calendar})


# -- which days are worked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "worked"),
    [("2023-03-03", False), ("2023-03-04", True), ("2023-03-06", True), ("2023-03-11", False), ("2023-04-05", False)],
)
def test_a_correction_goes_before_the_official_arrangement(day: str, worked: bool) -> None:
    assert is_working_day(date.fromisoformat(day), LIUYUAN.calendar) is worked


@pytest.mark.parametrize(
    ("day", "worked"), [("2027-02-05", False), ("2027-02-13", True), ("2027-02-12", True), ("2027-05-03", True)]
)
def test_a_year_that_stands_whole_in_the_file_asks_nobody_else(day: str, worked: bool) -> None:
    # By the library 3 May 2027 is a holiday that is observed; the file, which is whole, does not say so.
    assert is_working_day(date.fromisoformat(day), LIUYUAN.calendar) is worked
    assert not is_working_day(date(2027, 5, 3), PLAIN)


@pytest.mark.parametrize("year", range(2008, 2027))
def test_of_past_years_and_of_this_the_arrangement_is_known(year: int) -> None:
    assert is_arranged(year, PLAIN)


def test_of_a_year_that_nobody_has_arranged_it_is_not_unless_the_file_has_it_whole() -> None:
    assert not is_arranged(2031, PLAIN)
    assert not is_arranged(2031, Calendar(holidays=[Days(first=date(2031, 1, 1))]))
    assert is_arranged(2031, Calendar(holidays=[Days(first=date(2031, 1, 1))], whole_years=[2031]))


def test_the_revision_is_of_the_days_alone() -> None:
    assert revision(Calendar(warn_from=11)) == revision(PLAIN) != revision(CORRECTED)
    split = Calendar(
        holidays=[Days(first=date(2023, 3, 7)), Days(first=date(2023, 3, 6))], working_days=CORRECTED.working_days
    )
    assert revision(split) == revision(CORRECTED)


# -- backwards -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "length", "unit", "moment"),
    [
        # Thursday 8 February 2024, before the festival; Sunday 4 is worked
        ("2024-02-08", 5, "working_day", "2024-02-04 00:00"),
        ("2024-02-08", 6, "working_day", "2024-02-02 00:00"),
        # Monday 19 February 2024 is the second day after it: Sunday 18 is worked, 10 to 17 are off
        ("2024-02-19", 2, "working_day", "2024-02-18 00:00"),
        ("2024-02-19", 3, "working_day", "2024-02-09 00:00"),
        # Monday 9 October 2023: 7 and 8 are worked, 29 September to 6 October are off
        ("2023-10-09", 3, "working_day", "2023-10-07 00:00"),
        ("2023-10-09", 4, "working_day", "2023-09-28 00:00"),
        # a last day that is not worked: Sunday 12 March 2023
        ("2023-03-12", 1, "working_day", "2023-03-10 00:00"),
        ("2024-03-01", 1, "calendar_day", "2024-03-01 00:00"),
        ("2024-03-01", 2, "calendar_day", "2024-02-29 00:00"),
        ("2024-03-31", 1, "month", "2024-03-01 00:00"),
        ("2023-03-31", 1, "month", "2023-03-01 00:00"),
        ("2024-04-30", 1, "month", "2024-03-31 00:00"),
    ],
)
def test_so_much_before_the_end_is_the_moment_counted_by_hand(last: str, length: int, unit: str, moment: str) -> None:
    assert moment_before(date.fromisoformat(last), span(length, unit), PLAIN) == at(moment)


@given(
    st.dates(date(2023, 1, 1), date(2026, 10, 1)), st.integers(1, 40), st.sampled_from(["working_day", "calendar_day"])
)
@settings(deadline=None, max_examples=80)
def test_backwards_is_forwards_from_the_latest_day_that_comes_out(begun: date, length: int, unit: str) -> None:
    last = due_date(begun, span(length, unit), PLAIN)
    back = civil_date(moment_before(last, span(length, unit), PLAIN)) - timedelta(days=1)
    assert begun <= back
    assert due_date(back, span(length, unit), PLAIN) == last
    assert due_date(back + timedelta(days=1), span(length, unit), PLAIN) > last


# -- a calendar that changes -----------------------------------------------------------------------------------------


def recounted(one: Case, calendar: Calendar, now: Any = NOW) -> list[Message]:
    """The next tick after the district's file was changed."""
    one.district = with_calendar(calendar, one.district)
    message = CaseRecounted(petition="430406-2023-000017", calendar=revision(calendar))
    return facts(one("routing.case_recounted.v1", message, now))


def hearing(*doings: Message) -> Case:
    one = Case()
    one("intake.petition_accepted.v1", accepted(), NOW)
    for message in (start("hearing"), *doings):
        one.command(message, NOW, PRINCIPAL)
    return one


def test_a_corrected_calendar_moves_what_is_open_and_says_so() -> None:
    one = hearing()
    (fact,) = recounted(one, CORRECTED)
    assert isinstance(fact, ClockRecomputed)
    assert (fact.before.due_at, fact.after.due_at) == (at("2023-03-16 00:00"), at("2023-03-17 00:00"))
    assert fact.after.calendar == revision(CORRECTED) != fact.before.calendar
    assert [one.at for one in fact.after.warnings] == [at("2023-03-11 00:00"), at("2023-03-15 00:00")]
    assert due_at(one.state) == at("2023-03-11 00:00")


def test_the_unit_and_case_management_are_told_of_an_end_that_moved() -> None:
    one = hearing()
    one.district = with_calendar(CORRECTED)
    message = CaseRecounted(petition="430406-2023-000017", calendar=revision(CORRECTED))
    assert told(one("routing.case_recounted.v1", message, NOW)) == [UNIT, MANAGERS]


def test_where_no_moment_changes_nothing_is_said_and_it_is_known_all_the_same() -> None:
    one = hearing()
    elsewhere = Calendar(holidays=[Days(first=date(2023, 8, 1))])
    assert recounted(one, elsewhere) == []
    assert counted_by(one.state) == revision(elsewhere)


def test_a_calendar_that_is_put_back_brings_the_old_moment_and_what_was_said_stays_said() -> None:
    one = hearing()
    recounted(one, CORRECTED)
    one.tick(at("2023-03-11 00:00"))
    before = len(one.said)
    (fact,) = recounted(one, PLAIN, at("2023-03-11 00:00"))
    assert isinstance(fact, ClockRecomputed)
    assert fact.after.due_at == at("2023-03-16 00:00")
    # Yellow was said at the 11th; by the old calendar it was due on the 9th: it does not come again.
    one.tick(at("2023-03-16 00:00"))
    assert [getattr(found, "colour", "out") for found in one.said[before + 1 :]] == ["red", "out"]


def test_extensions_and_suspensions_are_counted_again_from_the_beginning() -> None:
    one = hearing(extend("hearing", 3))
    one.command(suspend("hearing"), at("2023-03-02 10:00"), PRINCIPAL)
    one.command(resume("hearing"), at("2023-03-03 10:00"), PRINCIPAL)
    (fact,) = recounted(one, CORRECTED)
    fresh = Case(with_calendar(CORRECTED))
    fresh("intake.petition_accepted.v1", accepted(), NOW)
    for message in (start("hearing"), extend("hearing", 3)):
        fresh.command(message, NOW, PRINCIPAL)
    fresh.command(suspend("hearing"), at("2023-03-02 10:00"), PRINCIPAL)
    resumed = fresh.command(resume("hearing"), at("2023-03-03 10:00"), PRINCIPAL)[0]
    assert isinstance(fact, ClockRecomputed)
    assert fact.after.due_at == resumed.clock.due_at  # type: ignore[union-attr]


def test_a_clock_started_by_a_new_calendar_does_not_hide_one_of_the_old() -> None:
    one = hearing()
    one.district = with_calendar(CORRECTED)
    one.command(start("clarification"), NOW)
    assert counted_by(one.state) not in (None, revision(CORRECTED))
    (fact,) = recounted(one, CORRECTED)
    assert isinstance(fact, ClockRecomputed)
    assert fact.after.name == "hearing"


def test_what_takes_no_calendar_is_never_counted_again() -> None:
    one = Case()
    one("intake.petition_accepted.v1", accepted(), NOW)
    assert counted_by(one.state) is None
    assert recounted(one, CORRECTED) == []


def test_what_ran_out_and_is_given_more_time_by_a_calendar_runs_out_again() -> None:
    one = hearing()
    one.tick(at("2023-03-16 00:00"))
    recounted(one, CORRECTED, at("2023-03-16 08:00"))
    one.tick(at("2023-03-17 00:00"))
    assert [fact.at for fact in one.said if isinstance(fact, ClockRanOut)] == [
        at("2023-03-16 00:00"),
        at("2023-03-17 00:00"),
    ]


# -- a year that is missing ------------------------------------------------------------------------------------------

IN_2030 = at("2030-12-24 10:00")
ARRANGED = Calendar(holidays=[Days(first=date(2030, 1, 1))], whole_years=[2030])
LATE = with_calendar(ARRANGED)


def begun_late(warned_years: Any = ()) -> tuple[Case, list[Any]]:
    one = Case(LATE)
    one("intake.petition_accepted.v1", accepted(), IN_2030)
    return one, list(one.command(start("hearing"), IN_2030, warned_years=warned_years))


def test_a_clock_that_runs_into_a_missing_year_says_so_at_once_and_is_provisional() -> None:
    _, outputs = begun_late()
    clock = only(outputs, ClockStarted).clock
    # Counted as if the year began with its holiday of the law alone.
    assert clock.provisional
    missing = only(outputs, CalendarMissing)
    assert (missing.year, missing.rule, missing.clock, missing.on) == (
        2031,
        "clock_falls_there",
        "hearing",
        date(2030, 12, 24),
    )
    assert told(outputs)[-2:] == [MANAGERS, "operator"]


def test_of_one_year_that_is_said_once() -> None:
    _, outputs = begun_late(warned_years={2031})
    assert [one for one in outputs if isinstance(one, CalendarMissing)] == []


def test_when_the_year_is_known_what_was_provisional_is_no_more() -> None:
    one, _ = begun_late()
    known = Calendar(
        holidays=[Days(first=date(2030, 1, 1)), Days(first=date(2031, 1, 1), last=date(2031, 1, 7))],
        whole_years=[2030, 2031],
    )
    (fact,) = recounted(one, known, at("2030-12-26 00:00"))
    assert isinstance(fact, ClockRecomputed)
    # Ten working days from Tuesday 24 December 2030: 25, 26, 27, 30, 31; then from Wednesday 8 January the rest.
    assert (fact.before.provisional, fact.after.provisional) == (True, False)
    assert fact.after.due_at == at("2031-01-15 00:00")


def test_an_extension_into_a_missing_year_says_so_too() -> None:
    one = Case(LATE)
    begun = at("2030-12-11 10:00")
    one("intake.petition_accepted.v1", accepted(), begun)
    outputs = one.command(start("hearing"), begun)
    assert not only(outputs, ClockStarted).clock.provisional
    outputs = one.command(extend("hearing", 5), begun, PRINCIPAL)
    assert only(outputs, ClockExtended).clock.provisional
    assert only(outputs, CalendarMissing).year == 2031


@pytest.mark.parametrize(
    ("now", "warn_from", "years"),
    [
        ("2030-09-30 23:59", 10, []),
        ("2030-10-01 00:00", 10, [2031]),
        ("2030-10-01 00:00", 11, []),
        ("2031-01-01 00:00", 10, [2031]),
        ("2031-10-01 00:00", 10, [2031, 2032]),
    ],
)
def test_a_missing_year_is_asked_for_from_the_autumn_before(now: str, warn_from: int, years: list[int]) -> None:
    calendar = ARRANGED.model_copy(update={"warn_from": warn_from})
    assert years_to_ask(with_calendar(calendar, YANFENG), at(now)) == years


def test_a_district_without_working_days_needs_no_arrangement() -> None:
    clocks = {name: clock_of(5, "calendar_day") for name in YANFENG.clocks}
    assert years_to_ask(YANFENG.model_copy(update={"clocks": clocks}), at("2031-10-01 00:00")) == []


def test_who_asks_is_answered_while_the_year_is_missing() -> None:
    message = CalendarAsked(district="430406", year=2031)
    outputs = ask(None, message, Facts(LATE), now=IN_2030)
    assert (only(outputs, CalendarMissing).rule, told(outputs)) == ("monthly", [MANAGERS, "operator"])
    assert ask(None, message.model_copy(update={"year": 2030}), Facts(LATE), now=IN_2030) == []
