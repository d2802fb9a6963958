"""A reopened case outside of review: routing has it in hand again with a clock, intake keeps it and tells repeats."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.after import CaseReopened, CountedConclusion
from xinfang_contracts.handling import CaseReassigned, DeclareTie
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.notices import NoticeDue
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.repeats import ConfirmRepeat, RepeatLinked
from xinfang_contracts.review import CaseConcluded, CaseSettled, Outcome
from xinfang_contracts.routing import CaseOverdue, CaseResumed
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import AssignmentCorrected
from xinfang_contracts.ties import TieKind
from xinfang_contracts.vault import ErasureDue, ErasureProposed, ProposeErasure

from services.intake.decide import Facts as IntakeFacts
from services.intake.doors.standing import standing_of
from services.intake.handlers import HANDLERS as INTAKE
from services.intake.notices.evolving import evolve as evolve_petition
from services.intake.queries import Found
from services.intake.repeats.rules import Facts as RepeatFacts
from services.intake.state import Registered, Screened, retained_since
from services.intake.state import State as PetitionState
from services.intake.vault.custody import Facts as CustodyFacts
from services.intake.vault.custody import RetentionEnds, expire, propose_erasure
from services.routing.expiring import CaseDue
from services.routing.expiring import expire as expire_case
from services.routing.facts import Facts
from services.routing.handlers import HANDLERS
from services.routing.state import Closed, Open, SentUp, State, assigned_on, due_at, evolve, overdue_on
from services.runtime.errors import NotYet
from services.runtime.rules import Output
from tests.rules.corrections import of_traits
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, assigned, at, case_traits, facts, told, traits

UNIT = "unit_430406001"
OFFICE = "office_petition"
REPEAT = "430406-2023-000099"


def concluded(on: date = date(2023, 5, 4), reopenings: int = 0, unit: str = UNIT) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=unit,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1 + reopenings,
        outcome=Outcome.PROVED,
        concluded_on=on,
        reopenings=reopenings,
    )


def reopened(times: int = 1, **changes: Any) -> CaseReopened:
    known: dict[str, Any] = {
        "petition": NUMBER,
        "traits": case_traits(),
        "unit": UNIT,
        "zone": "zone_1",
        "ground": "returned",
        "times": times,
        "reopened_on": date(2023, 8, 1),
        "conclusion": CountedConclusion(unit=UNIT, zone="zone_1", concluded_on=date(2023, 5, 4)),
        "by": OFFICE,
    }
    return CaseReopened.model_validate(known | changes)


class Routed:
    """Routing's side of a case: each fact is decided on, remembered, then what is said of it."""

    def __init__(self, *, excluded: Sequence[str] = (), **about: Any) -> None:
        self.now = NOW
        self.state: State = None
        self.said: list[Message] = []
        self.hear("intake.petition_accepted.v1", accepted(about=case_traits(**about), excluded=[*excluded]))

    def hear(self, type_: str, message: Message) -> Sequence[Output]:
        outputs = HANDLERS[type_](message).rule(self.state, message, Facts(YANFENG, ""), now=self.now)
        self.state = evolve(self.state, message, self.now)
        for fact in facts(outputs):
            self.state = evolve(self.state, fact, self.now)
            self.said.append(fact)
        return outputs

    def conclude(self, reopenings: int = 0, on: str = "2023-05-04 10:00") -> "Routed":
        self.now = at(on)
        unit = getattr(self.state, "unit", UNIT)
        self.hear("review.case_concluded.v1", concluded(self.now.date(), reopenings, unit))
        return self

    def reopen(self, times: int = 1, on: str = "2023-08-01 10:00", **changes: Any) -> Sequence[Output]:
        self.now = at(on)
        return self.hear("review.case_reopened.v1", reopened(times, **changes))


def test_the_unit_has_it_again_with_a_new_clock_and_is_told() -> None:
    case = Routed().conclude()
    outputs = case.reopen()
    (resumed,) = [one for one in facts(outputs) if isinstance(one, CaseResumed)]
    assert (resumed.unit, resumed.times, resumed.clock.started_at) == (UNIT, 1, at("2023-08-01 10:00"))
    assert resumed.clock.due_at == at("2023-11-02 00:00")
    assert told(outputs) == [UNIT, OFFICE, "office_case"]
    assert isinstance(case.state, Open)
    assert not case.state.overdue
    assert assigned_on(case.state) == NOW.date()


def test_a_case_that_is_late_again_is_counted_as_late_once() -> None:
    case = Routed().conclude()
    late = at("2023-11-02 00:00")
    case.reopen()
    outputs = expire_case(case.state, CaseDue(petition=NUMBER), Facts(YANFENG), now=late)
    assert any(isinstance(one, CaseOverdue) for one in facts(outputs))
    first = Routed()
    first.now = at("2023-06-02 00:00")
    for fact in facts(expire_case(first.state, CaseDue(petition=NUMBER), Facts(YANFENG), now=first.now)):
        first.state = evolve(first.state, fact, first.now)
    first.conclude(on="2023-06-20 10:00").reopen()
    assert isinstance(first.state, Open)
    assert (first.state.overdue, overdue_on(first.state)) == (True, date(2023, 6, 2))
    again = facts(expire_case(first.state, CaseDue(petition=NUMBER), Facts(YANFENG), now=late))
    assert again
    assert not any(isinstance(one, CaseOverdue) for one in again)


def test_its_figures_stay_where_they_were_and_move_with_a_correction() -> None:
    case = Routed().conclude()
    case.reopen()
    case.hear("intake.traits_corrected.v1", of_traits())
    (fact,) = [one for one in case.said if isinstance(one, AssignmentCorrected)]
    assert (fact.unit, fact.since, fact.overdue_on) == (UNIT, NOW.date(), None)


def tied_since(state: State) -> State:
    assert isinstance(state, Closed)
    return state.model_copy(update={"hands": state.hands.model_copy(update={"excluded": [UNIT]})})


def test_where_the_unit_was_tied_since_the_case_goes_to_another() -> None:
    case = Routed().conclude()
    case.state = tied_since(case.state)
    outputs = case.reopen()
    (moved,) = [one for one in facts(outputs) if isinstance(one, CaseReassigned)]
    assert moved.unit != UNIT
    assert UNIT not in told(outputs)
    again: State = case.state
    assert isinstance(again, Open)
    assert (again.unit, again.hands.reopenings) == (moved.unit, 1)
    assert isinstance(case.conclude(1, "2023-09-04 10:00").state, Closed)


def test_where_the_unit_was_tied_while_it_concluded_review_learns_who_has_it_now() -> None:
    """Review did not hear of that move, because the case was concluded: nobody could report, and it would never end."""
    case = Routed()
    tie = DeclareTie(petition=NUMBER, actor=UNIT, kind=TieKind.INTEREST)
    for fact in facts(HANDLERS["routing.declare_tie.v1"](tie).rule(case.state, tie, Facts(YANFENG, OFFICE), now=NOW)):
        case.state = evolve(case.state, fact, NOW)
    case.hear("review.case_concluded.v1", concluded())
    (moved,) = [one for one in facts(case.reopen()) if isinstance(one, CaseReassigned)]
    assert isinstance(case.state, Open)
    assert moved.unit == case.state.unit != UNIT
    assert moved.move == 2


@pytest.mark.parametrize(
    ("about", "changes", "reasons"),
    [({}, {}, None), ({}, {"repeat": REPEAT}, ["repeat"]), ({"first_time": False}, {}, ["repeat"])],
)
def test_a_repeat_that_came_back_is_leader_led(
    about: dict[str, Any], changes: dict[str, Any], reasons: list[str] | None
) -> None:
    case = Routed(**about).conclude()
    outputs = case.reopen(traits=case_traits(**about), **changes)
    named = [one.reasons for one in facts(outputs) if isinstance(one, LeaderNamed)]
    assert named == ([reasons] if reasons else [])


def test_a_track_may_be_opened_again_after_a_settlement_that_is_over() -> None:
    case = Routed().conclude()
    rest = CaseSettled(petition=NUMBER, traits=case_traits(), unit=UNIT, zone="zone_1", settled_on=date(2023, 5, 9))
    case.hear("review.case_settled.v1", rest)
    case.reopen()
    assert isinstance(case.state, Open)
    assert case.state.tracks is not None
    assert not case.state.tracks.settled


def test_a_settlement_from_before_a_reopening_is_passed_over() -> None:
    case = Routed().conclude()
    case.reopen()
    rest = CaseSettled(petition=NUMBER, traits=case_traits(), unit=UNIT, zone="zone_1", settled_on=date(2023, 5, 9))
    before = case.state
    assert list(case.hear("review.case_settled.v1", rest)) == []
    assert case.state == before
    with pytest.raises(NotYet):
        case.hear("review.case_settled.v1", rest.model_copy(update={"reopenings": 1}))


def test_said_again_it_changes_nothing() -> None:
    case = Routed().conclude()
    case.reopen()
    before = case.state
    assert list(case.reopen()) == []
    assert case.state is before


def test_what_ended_before_the_reopening_does_not_close_it() -> None:
    case = Routed().conclude()
    case.reopen()
    case.hear("review.case_concluded.v1", concluded())
    assert isinstance(case.state, Open)


MESSAGES: Mapping[str, tuple[str, Message]] = {
    "ends": ("review.case_concluded.v1", concluded()),
    "reopens": ("review.case_reopened.v1", reopened()),
    "ends again": ("review.case_concluded.v1", concluded(date(2023, 9, 4), 1)),
    "reopens again": ("review.case_reopened.v1", reopened(2)),
    "ends at last": ("review.case_concluded.v1", concluded(date(2023, 10, 9), 2)),
}


@pytest.mark.parametrize("order", list(permutations(MESSAGES)))
def test_in_whatever_order_they_are_heard_it_is_closed_in_the_end(order: tuple[str, ...]) -> None:
    case, waiting, rounds = Routed(), list(order), 0
    while waiting:
        rounds += 1
        assert rounds < 40, "never heard"
        what = waiting.pop(0)
        try:
            case.hear(*MESSAGES[what])
        except NotYet:
            waiting.append(what)
    assert isinstance(case.state, Closed)
    assert case.state.hands.reopenings == 2
    assert [one.times for one in case.said if isinstance(one, CaseResumed)] == [1, 2]


@given(st.lists(st.sampled_from([*MESSAGES]), max_size=14))
@settings(deadline=None, max_examples=200)
def test_repeated_and_out_of_order_nothing_is_resumed_twice(order: list[str]) -> None:
    case = Routed()
    for what in order:
        try:
            case.hear(*MESSAGES[what])
        except NotYet:
            continue
    times = [one.times for one in case.said if isinstance(one, CaseResumed)]
    assert times == list(range(1, len(times) + 1))
    assert isinstance(case.state, Open | Closed)


def test_a_case_with_the_superior_waits_for_its_conclusion_and_one_without_a_unit_is_passed_over() -> None:
    with pytest.raises(NotYet):
        HANDLERS["review.case_reopened.v1"](reopened()).rule(None, reopened(), Facts(YANFENG), now=NOW)
    up = SentUp(superior="superior_430400", since=NOW.date())
    assert list(HANDLERS["review.case_reopened.v1"](reopened()).rule(up, reopened(), Facts(YANFENG), now=NOW)) == []
    assert due_at(up) is None


def test_a_case_that_was_given_up_before_its_conclusions_waits_for_none_of_them() -> None:
    case = Routed()
    back = {"ground": "other_organ", "office": OFFICE, "by": OFFICE, "returned_on": NOW.date()}
    gone = PetitionReturned.model_validate({"petition": NUMBER, "traits": case_traits()} | back)
    case.hear("intake.petition_returned.v1", gone)
    for _ in range(2):
        assert [list(case.hear(*message)) for message in MESSAGES.values()] == [[]] * len(MESSAGES)


# -- intake ----------------------------------------------------------------------------------------------------------

TEN_YEARS_ON = at("2034-01-02 00:00")


def petition(*said: Message) -> PetitionState:
    state: PetitionState = Registered(traits=traits())
    for fact in (accepted(), assigned(UNIT), *said):
        state = evolve_petition(state, fact, NOW)
    return state


def test_a_reopened_case_is_not_due_for_erasure_and_no_proposal_stands() -> None:
    over = petition(concluded())
    assert facts(expire(over, RetentionEnds(petition=NUMBER), CustodyFacts(YANFENG, ""), now=TEN_YEARS_ON))
    proposed = ErasureProposed(petition=NUMBER, ground="court_order", basis="令1", by=OFFICE)
    again = petition(concluded(), ErasureDue(petition=NUMBER, due_on=date(2033, 3, 1)), proposed, reopened())
    assert isinstance(again, Screened)
    assert (retained_since(again), again.erasure, again.expired) == (None, None, False)
    assert not facts(expire(again, RetentionEnds(petition=NUMBER), CustodyFacts(YANFENG, ""), now=TEN_YEARS_ON))
    message = ProposeErasure(petition=NUMBER, ground="retention_over", basis="规则47")
    (refused,) = propose_erasure(again, message, CustodyFacts(YANFENG, OFFICE), now=TEN_YEARS_ON)
    assert getattr(refused, "reason", None) is RefusalReason.CASE_OPEN
    ended = evolve_petition(again, concluded(date(2023, 9, 4), 1), at("2023-09-04 10:00"))
    assert retained_since(ended) == at("2023-09-04 10:00")


@pytest.mark.parametrize("order", list(permutations(["ends", "reopens", "ends again"])))
def test_in_whatever_order_intake_hears_them_it_is_over(order: tuple[str, ...]) -> None:
    state = petition(*(MESSAGES[what][1] for what in order))
    assert isinstance(state, Screened)
    assert state.ended_at is not None
    assert state.reopenings == 1


def stage(state: PetitionState) -> str:
    assert isinstance(state, Screened)
    return standing_of(Found(NUMBER, state, ()), YANFENG).status


def test_the_reporter_is_told_that_it_is_handled_again() -> None:
    assert stage(petition(concluded())) == "concluded"
    assert stage(petition(concluded(), reopened())) == "accepted"


def test_a_case_that_is_concluded_again_owes_a_new_reply_and_its_unit_knows() -> None:
    state = petition()
    for fact, number in ((concluded(), 1), (concluded(date(2023, 9, 4), 1), 2)):
        rule = INTAKE["review.case_concluded.v1"](fact).rule
        outputs = rule(state, fact, IntakeFacts(YANFENG, "", ""), now=NOW)
        (due,) = [one for one in facts(outputs) if isinstance(one, NoticeDue)]
        assert due.notice == f"result_{number}"
        assert told(outputs) == [OFFICE, UNIT]
        for one in (fact, due, *([reopened()] if number == 1 else [])):
            state = evolve_petition(state, one, NOW)
    assert due.due_at == at("2023-09-26 00:00")


def confirmed(repeat: PetitionState, case: PetitionState) -> list[RepeatLinked]:
    message = ConfirmRepeat(petition=REPEAT, of=NUMBER)
    rule = INTAKE["intake.confirm_repeat.v1"](message).rule
    outputs = rule(repeat, message, RepeatFacts(YANFENG, OFFICE, earlier={NUMBER: case}), now=NOW)
    return [one for one in facts(outputs) if isinstance(one, RepeatLinked)]


def test_a_repeat_of_a_concluded_case_is_linked_and_says_whether_it_is_a_case_of_its_own() -> None:
    kept: PetitionState = Registered(traits=traits())
    own = evolve_petition(kept, accepted(REPEAT), NOW)
    assert confirmed(kept, petition(concluded())) == [RepeatLinked(petition=NUMBER, repeat=REPEAT)]
    assert confirmed(own, petition(concluded())) == [RepeatLinked(petition=NUMBER, repeat=REPEAT, accepted=True)]


@pytest.mark.parametrize(("about_the_unit", "is_told"), [(False, True), (True, False)])
def test_whoever_has_it_again_is_told_of_a_repeat_that_is_not_about_them(about_the_unit: bool, is_told: bool) -> None:
    message = reopened(repeat=REPEAT)
    repeat = Registered(traits=traits(), tied=[UNIT] if about_the_unit else [])
    rule = INTAKE["review.case_reopened.v1"](message).rule
    outputs = rule(petition(concluded()), message, IntakeFacts(YANFENG, "", "", earlier={REPEAT: repeat}), now=NOW)
    assert told(outputs) == ([UNIT] if is_told else [])
    with pytest.raises(NotYet):
        rule(petition(concluded()), message, IntakeFacts(YANFENG, "", "", earlier={}), now=NOW)
