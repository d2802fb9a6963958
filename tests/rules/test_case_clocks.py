"""The clocks of a case: warned of once, run out once, extended and suspended by who may, whatever the ticks do."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from xinfang_contracts.clocks import ClockExtended, ClockRanOut, ClockResumed, ClockStarted, ClockStopped, ClockWarned
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.outside import SuperiorDecided, Transfer
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.routing import CaseAssigned, CaseOverdue
from xinfang_contracts.screening import PetitionReturned, ReturnGround

from services.routing import state as states
from services.routing.counted import counted_by
from services.routing.state import Closed, Open, assigned_on, due_at, overdue_on
from services.runtime.errors import NotYet
from tests.rules.clocked import (
    BUSY,
    DEPUTY,
    MANAGERS,
    OTHER_DEPUTY,
    PETITION_OFFICE,
    PRINCIPAL,
    UNIT,
    Case,
    clock_of,
    extend,
    only,
    resume,
    start,
    stop,
    suspend,
    with_clock,
)
from tests.rules.given import ELSEWHERE, NOW, NUMBER, accepted, at, case_traits, facts, refusal, told

ACCEPTED = "intake.petition_accepted.v1"
CONCLUDED = "review.case_concluded.v1"
ABOVE = "intake.superior_decided.v1"
# NOW is Wednesday 1 March 2023; ten working days on is Wednesday 15 March.
HEARING_ENDS = at("2023-03-16 00:00")
OVERDUE = at("2023-06-02 00:00")


def case(district: Any = BUSY, **changes: Any) -> Case:
    """A case of the first town's unit, accepted now."""
    found = Case(district)
    found(ACCEPTED, accepted(**changes), NOW)
    return found


def granted(matter: str = "extend", **more: Any) -> SuperiorDecided:
    given = {"superior": "superior_430400", "approved": True, "on": date(2023, 6, 20)}
    return SuperiorDecided.model_validate({"petition": NUMBER, "matter": matter} | given | more)


def concluded(on: date = date(2023, 3, 20)) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=UNIT,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=on,
    )


def clock_in(one: Case, name: str) -> Any:
    return next(found.clock for found in states.running_in(one.state) if found.clock.name == name)


# -- warnings and ends -----------------------------------------------------------------------------------------------


def test_each_colour_is_said_once_at_its_own_moment_and_the_end_after_them() -> None:
    one = case()
    one.tick(at("2024-01-01 00:00"))
    said = [(type(fact), getattr(fact, "colour", None), getattr(fact, "at", None)) for fact in one.said[1:]]
    assert said == [
        (ClockWarned, "blue", at("2023-05-03 00:00")),
        (ClockWarned, "yellow", at("2023-05-18 00:00")),
        (ClockWarned, "red", at("2023-05-28 00:00")),
        (CaseOverdue, None, None),
    ]
    assert due_at(one.state) is None


def test_a_warning_goes_to_whom_the_district_file_names_and_to_nobody_excluded() -> None:
    one = case()
    moments = [at("2023-05-03 00:00"), at("2023-05-18 00:00"), at("2023-05-28 00:00")]
    assert [told(one.tick(moment)) for moment in moments] == [
        [UNIT],
        [UNIT, MANAGERS],
        [UNIT, MANAGERS, DEPUTY],
    ]
    tied = case(excluded=[DEPUTY, MANAGERS])
    assert [told(tied.tick(moment)) for moment in moments] == [[UNIT], [UNIT], [UNIT]]


def test_of_warnings_that_hold_together_only_the_gravest_is_said() -> None:
    one = case()
    # Counted from 20 February: the tenth working day is 6 March; five and two before its end are 27 February
    # and the end of 2 March.
    one.command(start("hearing", since=date(2023, 2, 20)), at("2023-03-03 10:00"))
    one.tick(at("2023-03-04 00:00"))
    assert [(fact.colour, fact.at) for fact in one.said if isinstance(fact, ClockWarned)] == [
        ("red", at("2023-03-03 10:00"))
    ]
    one.tick(at("2023-03-07 00:00"))
    assert only(one.said, ClockRanOut).at == at("2023-03-07 00:00")


def test_a_clock_beside_runs_out_by_its_own_fact_and_once() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    assert only(one.said, ClockStarted).clock.due_at == HEARING_ENDS
    outputs = one.tick(HEARING_ENDS)
    assert told(outputs[-3:]) == [UNIT, MANAGERS]
    one.tick(HEARING_ENDS + timedelta(days=20))
    assert len([fact for fact in one.said if isinstance(fact, ClockRanOut)]) == 1


# -- by command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "actor", "reason"),
    [
        (start("hearing"), "office_supervision_2", RefusalReason.UNKNOWN_PETITION),
        (start("hearing"), "unit_430406002", RefusalReason.UNKNOWN_PETITION),
        (start("hearing").model_copy(update={"petition": ELSEWHERE}), PETITION_OFFICE, RefusalReason.UNKNOWN_PETITION),
        (start("nowhere"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (start("handling"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (start("assigned_from_above"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (start("hearing", since=date(2023, 3, 2)), PETITION_OFFICE, RefusalReason.WRONG_DATE),
        (stop("hearing"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (stop("handling"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (suspend("handling"), PETITION_OFFICE, RefusalReason.NOT_SET_UP),
        (suspend("hearing"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (resume("handling"), PETITION_OFFICE, RefusalReason.CLOCK_RUNS),
        (resume("hearing"), PETITION_OFFICE, RefusalReason.UNKNOWN_CLOCK),
        (extend("hearing", 3), PRINCIPAL, RefusalReason.UNKNOWN_CLOCK),
        (extend("handling", 1), PRINCIPAL, RefusalReason.NOT_ENTITLED),
        (extend("handling", 2), DEPUTY, RefusalReason.CAP_REACHED),
    ],
    ids=repr,
)
def test_what_cannot_be_is_refused(message: Any, actor: str, reason: RefusalReason) -> None:
    assert refusal(case().command(message, NOW, actor)) is reason


def test_a_case_that_is_not_there_has_no_clocks() -> None:
    assert refusal(Case().command(start("hearing"), NOW)) is RefusalReason.UNKNOWN_PETITION


def test_who_is_excluded_hears_that_there_is_no_such_petition() -> None:
    one = case(excluded=[DEPUTY, PETITION_OFFICE])
    assert refusal(one.command(extend("handling", 1), NOW, DEPUTY)) is RefusalReason.UNKNOWN_PETITION
    assert refusal(one.command(start("hearing"), NOW)) is RefusalReason.UNKNOWN_PETITION
    assert only(one.command(extend("handling", 1), NOW, OTHER_DEPUTY), ClockExtended).decided_by == OTHER_DEPUTY


def test_a_clock_that_runs_is_not_started_again_and_one_that_was_stopped_is() -> None:
    one = case()
    one.command(start("hearing"), NOW, UNIT)
    assert refusal(one.command(start("hearing"), NOW, UNIT)) is RefusalReason.CLOCK_RUNS
    assert only(one.command(stop("hearing"), NOW, UNIT), ClockStopped).reason == "done"
    later = NOW + timedelta(days=1)
    assert only(one.command(start("hearing"), later, UNIT), ClockStarted).clock.started_at == later


def test_an_extension_goes_on_from_the_last_day_as_often_as_the_file_allows() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    first = only(one.command(extend("hearing", 3), NOW, PRINCIPAL), ClockExtended)
    assert (first.due_before, first.clock.due_at) == (HEARING_ENDS, at("2023-03-21 00:00"))
    second = only(one.command(extend("hearing", 5), NOW, PRINCIPAL), ClockExtended)
    assert second.clock.due_at == at("2023-03-28 00:00")
    assert refusal(one.command(extend("hearing", 1), NOW, PRINCIPAL)) is RefusalReason.CAP_REACHED


def test_after_an_extension_a_colour_comes_again_and_the_old_end_does_not() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    one.tick(at("2023-03-14 00:00"))
    one.command(extend("hearing", 5), at("2023-03-14 09:00"), PRINCIPAL)
    one.tick(at("2023-04-30 00:00"))
    said = [
        (getattr(fact, "colour", "out"), fact.at) for fact in one.said if isinstance(fact, ClockWarned | ClockRanOut)
    ]
    assert said == [
        ("yellow", at("2023-03-09 00:00")),
        ("red", at("2023-03-14 00:00")),
        ("yellow", at("2023-03-16 00:00")),
        ("red", at("2023-03-21 00:00")),
        ("out", at("2023-03-23 00:00")),
    ]


def test_a_leader_does_not_extend_what_has_run_out_even_before_any_tick() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    outputs = one.command(extend("hearing", 5), HEARING_ENDS, PRINCIPAL)
    assert [fact.reason for fact in outputs if hasattr(fact, "reason")] == [RefusalReason.TOO_LATE]
    assert only(one.said, ClockRanOut).at == HEARING_ENDS


def test_the_time_of_a_hearing_does_not_count() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    # Suspended on Monday 6 March with eight days left, that day among them; resumed on Friday 17.
    one.command(suspend("hearing"), at("2023-03-06 15:00"))
    assert due_at(one.state) == at("2023-05-03 00:00")
    assert refusal(one.command(suspend("hearing"), NOW)) is RefusalReason.CLOCK_STANDS
    assert refusal(one.command(extend("hearing", 1), NOW, PRINCIPAL)) is RefusalReason.CLOCK_STANDS
    resumed = only(one.command(resume("hearing"), at("2023-03-17 08:00")), ClockResumed)
    assert resumed.clock.due_at == at("2023-03-29 00:00")
    one.tick(at("2023-03-29 00:00"))
    assert only(one.said, ClockRanOut).at == at("2023-03-29 00:00")


def test_a_clock_of_calendar_days_goes_on_with_the_days_that_were_left() -> None:
    one = case(with_clock("hearing", clock_of(30, "calendar_day", suspends=True)))
    one.command(start("hearing"), NOW)
    one.command(suspend("hearing"), at("2023-03-11 15:00"))
    resumed = only(one.command(resume("hearing"), at("2023-03-16 08:00")), ClockResumed)
    assert (resumed.due_before, resumed.clock.due_at) == (at("2023-04-01 00:00"), at("2023-04-06 00:00"))


def test_resumed_on_the_same_day_nothing_is_gained() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    one.command(suspend("hearing"), at("2023-03-06 15:00"))
    assert only(one.command(resume("hearing"), at("2023-03-06 16:00")), ClockResumed).clock.due_at == HEARING_ENDS


# -- from above ------------------------------------------------------------------------------------------------------


def test_a_superior_extends_what_has_run_out_but_overdue_it_stays() -> None:
    one = case()
    one.tick(OVERDUE)
    fact = only(one(ABOVE, granted(until=date(2023, 7, 31)), at("2023-06-20 10:00")), ClockExtended)
    assert (fact.clock.due_at, fact.rule, fact.decided_by) == (at("2023-08-01 00:00"), "superior", "superior_430400")
    assert isinstance(one.state, Open)
    assert (one.state.overdue, overdue_on(one.state)) == (True, date(2023, 6, 2))
    one.tick(at("2023-12-01 00:00"))
    assert len([fact for fact in one.said if isinstance(fact, CaseOverdue)]) == 1
    assert only(one.said, ClockRanOut).at == at("2023-08-01 00:00")
    assert overdue_on(one.state) == date(2023, 6, 2)


def test_a_superior_who_names_no_day_grants_what_the_file_allows_and_a_leader_may_still_extend() -> None:
    one = case()
    assert only(one(ABOVE, granted(), NOW), ClockExtended).clock.due_at == at("2023-07-02 00:00")
    assert only(one.command(extend("handling", 1), NOW, DEPUTY), ClockExtended).clock.due_at == at("2023-08-02 00:00")


@pytest.mark.parametrize("message", [granted(approved=False), granted("take_up")], ids=repr)
def test_what_grants_no_time_changes_nothing(message: SuperiorDecided) -> None:
    one = case()
    assert one(ABOVE, message, NOW) == []
    assert due_at(one.state) == at("2023-05-03 00:00")


def test_a_grant_before_the_case_is_there_waits() -> None:
    with pytest.raises(NotYet):
        Case()(ABOVE, granted(), NOW)


def handed_down(**more: Any) -> Transfer:
    return Transfer(kind="assigned", number="衡-1".encode().hex(), article="规则21", **more)


def test_what_a_superior_assigned_has_the_clock_of_its_article_from_receipt() -> None:
    one = case(transfer=handed_down())
    clock = only(one.said, CaseAssigned).clock
    # Received on 27 February.
    assert (clock.name, clock.started_at, clock.due_at) == (
        "assigned_from_above",
        at("2023-02-27 00:00"),
        at("2023-05-28 00:00"),
    )
    assert isinstance(one.state, Open)
    assert assigned_on(one.state) == date(2023, 3, 1)


def test_the_day_that_a_superior_has_named_goes_before_the_clock() -> None:
    one = case(transfer=handed_down(due_on=date(2023, 3, 10)))
    clock = only(one.said, CaseAssigned).clock
    assert (clock.due_at, clock.fixed_on, clock.length) == (at("2023-03-11 00:00"), date(2023, 3, 10), None)
    # Blue and yellow hold already when it comes: the graver of them is said then, not on a day before.
    one.tick(NOW)
    assert [(fact.colour, fact.at) for fact in one.said if isinstance(fact, ClockWarned)] == [("yellow", NOW)]


def test_what_was_only_forwarded_has_the_ordinary_clock() -> None:
    forwarded = handed_down().model_copy(update={"kind": "forwarded"})
    assert only(case(transfer=forwarded).said, CaseAssigned).clock.name == "handling"


# -- the end ---------------------------------------------------------------------------------------------------------


def test_a_conclusion_stops_all_clocks_and_others_may_start_after_it() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    outputs = one(CONCLUDED, concluded(), at("2023-03-03 10:00"))
    assert (only(outputs, ClockStopped).clock.name, only(outputs, ClockStopped).reason) == ("hearing", "concluded")
    assert (type(one.state), due_at(one.state)) == (Closed, None)
    one.command(start("final_check_opinion"), at("2023-03-10 10:00"))
    one.tick(at("2023-04-10 00:00"))
    assert only(one.said, ClockRanOut).clock.name == "final_check_opinion"


def test_a_conclusion_after_the_end_is_overdue_whether_or_not_a_tick_came_between() -> None:
    late, ticked = case(), case()
    ticked.tick(OVERDUE)
    for one in (late, ticked):
        one(CONCLUDED, concluded(date(2023, 6, 3)), at("2023-06-03 10:00"))
    assert late.said == ticked.said
    assert late.state == ticked.state
    assert isinstance(late.state, Closed)
    assert late.state.overdue_on == date(2023, 6, 2)


def test_what_goes_back_to_the_petition_office_has_no_clocks() -> None:
    one = case()
    one.command(start("hearing"), NOW)
    back = PetitionReturned(
        petition=NUMBER,
        traits=case_traits(),
        ground=ReturnGround.OTHER,
        office="office_supervision_1",
        by="leader_assist_1",
        returned_on=NOW.date(),
    )
    outputs = one("intake.petition_returned.v1", back, NOW)
    assert only(outputs, ClockStopped).reason == "withdrawn"
    assert due_at(one.state) is None


def test_a_case_from_before_clocks_said_their_length_reads_and_goes_on() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(states.Case)
    clock = {"name": "handling", "started_at": NOW.isoformat(), "due_at": OVERDUE.isoformat(), "basis": "规则21"}
    old = {"status": "open", "unit": UNIT, "zone": "zone_1", "clock": clock, "overdue": True, "acceptance": 1}
    one = Case(state=stored.validate_python(old))
    assert (due_at(one.state), counted_by(one.state)) == (None, None)
    extended = only(one(ABOVE, granted(), at("2023-06-20 10:00")), ClockExtended)
    assert (extended.due_before, extended.clock.due_at) == (OVERDUE, at("2023-07-02 00:00"))
    assert isinstance(one.state, Open)
    assert overdue_on(one.state) == date(2023, 6, 2)
    assert stored.validate_json(stored.dump_json(one.state)) == one.state


def test_an_ordinary_case_takes_no_more_room_than_its_clock() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(states.Case)
    stored = adapter.dump_python(case().state)
    assert stored.keys() == {"status", "unit", "zone", "clock", "overdue", "acceptance", "hands"}


# -- whatever the ticks do -------------------------------------------------------------------------------------------

DOINGS = st.one_of(
    st.builds(start, st.sampled_from(["hearing", "clarification"])),
    st.builds(stop, st.sampled_from(["hearing", "clarification"])),
    st.builds(extend, st.sampled_from(["hearing", "handling"]), st.integers(1, 5)),
    st.builds(suspend, st.just("hearing")),
    st.builds(resume, st.just("hearing")),
    st.builds(lambda days: granted(until=date(2023, 6, 1) + timedelta(days=days)), st.integers(0, 60)),
    st.just(concluded()),
)


@given(st.lists(st.tuples(DOINGS, st.integers(0, 20 * 24), st.booleans()), max_size=14))
@settings(deadline=None, max_examples=150)
def test_ticks_that_are_lost_or_late_change_neither_what_is_said_nor_what_is_left(doings: list[Any]) -> None:
    daily, careless = case(), case()
    now = NOW
    for message, hours, is_ticked in doings:
        for _ in range(hours // 24 + 1):
            daily.tick(now)
            now += timedelta(days=1)
        now = now.replace(hour=hours % 24)
        daily.tick(now)
        if is_ticked:
            careless.tick(now)
        for one in (daily, careless):
            if isinstance(message, SuperiorDecided | CaseConcluded):
                one(ABOVE if isinstance(message, SuperiorDecided) else CONCLUDED, message, now)
            else:
                one.command(message, now, PRINCIPAL if getattr(message, "clock", "") == "hearing" else DEPUTY)
    for one in (daily, careless):
        one.tick(at("2025-01-01 00:00"))
    assert facts(careless.said) == facts(daily.said)
    assert careless.state == daily.state
