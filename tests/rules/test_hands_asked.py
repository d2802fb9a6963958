"""What is asked of a case's hands: modes by difficulty, ties, objections, changes, the superior; who may, and when."""

from typing import Any

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.handling import AssignmentObjected, CaseReassigned, DeclareTie, SuperiorOverdue, TieDeclared
from xinfang_contracts.hearings import HearingCalled
from xinfang_contracts.intake import CaseTraits, RefusalReason
from xinfang_contracts.message import Category, Message, Rank, SkipLevel
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn, Mode
from xinfang_contracts.screening import PetitionReturned, ReturnGround
from xinfang_contracts.statistics import AssignmentCorrected, TraitsCorrected
from xinfang_contracts.ties import TieKind

from services.routing.choosing import above, asking
from services.routing.decide import assign, close, correct, give_up
from services.routing.expiring import CaseDue, expire
from services.routing.facts import Facts
from services.routing.state import Closed, Open, SentUp, Withdrawn, due_at, evolve
from services.runtime.errors import NotYet
from tests.rules.given import (
    ELSEWHERE,
    LIUYUAN,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    at,
    case_traits,
    facts,
    refusal,
    told,
)
from tests.rules.hands import Hands

HOME, CLERK, PRINCIPAL = "unit_430406001", "office_petition", "leader_principal"
DEPUTY, OTHER_DEPUTY = "leader_deputy_1", "leader_deputy_2"
SUPERIOR = "superior_430400"


def case(district: District = YANFENG, number: str = NUMBER, **given: Any) -> Hands:
    return Hands(district, accepted(number, **given))


def last(hands: Hands) -> Any:
    """What was last said of its hands; that it is pressed on is another matter."""
    return [one for one in hands.said if not isinstance(one, LeaderNamed | HearingCalled)][-1]


def names(said: list[Message]) -> list[str]:
    return [type(one).__name__ for one in said]


# -- modes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "given", "mode", "rule", "difficulty", "reasons"),
    [
        (case_traits(), {}, Mode.UNIT, "town_unit", 0, []),
        (case_traits(rank=Rank.TOWNSHIP), {"people": 60}, Mode.OWN, "own_rank", 4, ["people_10", "people_50"]),
        (case_traits(first_time=False, category=Category.BRIBERY), {}, Mode.UNIT, "town_unit", 2, None),
        (case_traits(first_time=False), {"people": 10}, Mode.ZONE_ASSISTED, "grade_zone_assisted", 3, None),
        (case_traits(skip_level=SkipLevel.CENTRAL, first_time=False), {"urgent": True}, Mode.CROSSED, None, 5, None),
        (case_traits(), {"people": 50, "amount_yuan": 50_000, "urgent": True}, Mode.TAKE_UP, "grade_take_up", 8, None),
        (case_traits(), {"people": 9, "amount_yuan": 49_999}, Mode.UNIT, "town_unit", 0, []),
    ],
)
def test_difficulty_asks_for_a_mode_and_says_why(
    about: CaseTraits, given: dict[str, Any], mode: Mode, rule: str | None, difficulty: int, reasons: list[str] | None
) -> None:
    fact = last(case(about=about, **given))
    assert (fact.mode, fact.difficulty) == (mode, difficulty)
    assert rule is None or fact.rule == rule
    assert reasons is None or fact.reasons == reasons


ASSISTED: dict[str, Any] = {"about": case_traits(first_time=False), "people": 10}


def test_in_a_zone_the_home_unit_handles_its_neighbours_help_and_the_lead_leads() -> None:
    hands = case(**ASSISTED)
    fact = last(hands)
    helpers = {"unit_430406002", "unit_430406003", "unit_stationed_1", "unit_stationed_2", "unit_stationed_3"}
    assert (fact.unit, {*fact.assisting}, fact.lead) == (HOME, helpers, DEPUTY)
    outputs = assign(None, accepted(**ASSISTED), Facts(YANFENG), now=NOW)
    assert {*told(outputs)} == {HOME, DEPUTY, *helpers}


def test_a_tied_lead_is_replaced_by_the_other_deputy_and_a_tied_helper_by_nobody() -> None:
    fact = last(case(**ASSISTED, excluded=[DEPUTY, "unit_stationed_1"]))
    assert fact.lead == OTHER_DEPUTY
    assert "unit_stationed_1" not in fact.assisting


def test_who_once_held_a_post_in_the_accuseds_unit_is_tied() -> None:
    petition = accepted("990001-2023-000001", accused_unit="unit_school", about=case_traits(town="990001100"))
    (fact,) = facts(assign(None, petition, Facts(LIUYUAN), now=NOW))
    assert isinstance(fact, CaseAssigned)
    assert fact.excluded == ["leader_second", "unit_school"]


# -- ties ------------------------------------------------------------------------------------------------------------


def test_a_tied_handling_unit_loses_the_case_at_once_and_is_told_only_that() -> None:
    hands = case()
    outputs = hands.is_tied(HOME, CLERK)
    moved = last(hands)
    assert names(facts(outputs)) == ["TieDeclared", "CaseReassigned"]
    assert (moved.rule, moved.before, moved.before_zone) == ("home_tied", HOME, "zone_1")
    assert [one for one in told(outputs) if one == HOME] == [HOME]
    assert {moved.unit, DEPUTY, "office_case"} <= {*told(outputs)}
    assert moved.clock == hands.said[0].clock  # type: ignore[attr-defined]


def test_a_tied_helper_or_lead_leaves_the_rest_as_it_is() -> None:
    hands = case(**ASSISTED)
    hands.is_tied("unit_stationed_2", CLERK)
    assert (last(hands).unit, last(hands).mode) == (HOME, Mode.ZONE_ASSISTED)
    assert "unit_stationed_2" not in last(hands).assisting
    hands.is_tied(DEPUTY, PRINCIPAL)
    assert (last(hands).unit, last(hands).lead) == (HOME, OTHER_DEPUTY)


@pytest.mark.parametrize(
    ("actor", "by", "reason"),
    [
        ("office_trial", "unit_stationed_1", RefusalReason.NOT_ENTITLED),
        ("office_trial", "office_case", RefusalReason.NOT_ENTITLED),
        ("unit_nowhere", CLERK, RefusalReason.UNKNOWN_ACTOR),
        (SUPERIOR, CLERK, RefusalReason.UNKNOWN_ACTOR),
        ("unit_stationed_5", CLERK, RefusalReason.ALREADY_DECIDED),
        ("unit_stationed_5", "unit_stationed_5", RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_who_may_not_declare_a_tie_is_refused(actor: str, by: str, reason: RefusalReason) -> None:
    assert refusal(case(excluded=["unit_stationed_5"]).is_tied(actor, by)) is reason


def test_a_volunteer_and_a_leader_are_heard_and_the_kind_is_not_told_on() -> None:
    hands = case()
    hands.is_tied("office_trial", "office_trial")
    hands.is_tied("leader_assist_1", PRINCIPAL)
    assert [type(one) for one in hands.said[1:]] == [TieDeclared, TieDeclared]
    assert all({*one.model_dump()} == {"petition", "actor", "assigned"} for one in hands.said[1:])


def test_another_districts_petition_is_unknown() -> None:
    hands = Hands(YANFENG, accepted())
    hands.number = ELSEWHERE
    assert refusal(hands.is_tied(HOME, CLERK)) is RefusalReason.UNKNOWN_PETITION
    assert refusal(hands.objects(HOME)) is RefusalReason.UNKNOWN_PETITION
    assert refusal(hands.is_changed(PRINCIPAL, Mode.CROSSED)) is RefusalReason.UNKNOWN_PETITION


# -- objections ------------------------------------------------------------------------------------------------------


def test_a_case_bounces_as_often_as_it_may_and_then_goes_up() -> None:
    hands = case()
    asked = [hands.holder]
    for bounce in (1, 2):
        outputs = hands.objects(hands.holder)
        objected, moved = facts(outputs)
        assert isinstance(objected, AssignmentObjected) and isinstance(moved, CaseReassigned)
        assert (objected.bounces, moved.bounces, moved.rule) == (bounce, bounce, "home_objected")
        assert moved.unit not in asked
        assert {asked[-1], moved.unit, "office_case"} <= {*told(outputs)}
        asked.append(moved.unit)
    hands.objects(hands.holder)
    up = last(hands)
    assert isinstance(up, CaseSentUp)
    assert (up.rule, up.before, up.bounces, up.clock.name) == ("objections_spent", asked[-1], 3, "superior_decision")  # type: ignore[union-attr]


@pytest.mark.parametrize(("days", "is_late"), [(7, False), (8, True)])
def test_an_objection_is_in_time_for_five_working_days_from_the_assignment(days: int, is_late: bool) -> None:
    """Given on Wednesday 1 March 2023: until Wednesday the 8th."""
    hands = case()
    hands.days_pass(days)
    outputs = hands.objects(HOME)
    if is_late:
        assert refusal(outputs) is RefusalReason.TOO_LATE
    else:
        assert names(facts(outputs)) == ["AssignmentObjected", "CaseReassigned"]


def test_the_next_unit_has_its_own_days_to_object() -> None:
    hands = case()
    hands.days_pass(7)
    hands.objects(HOME)
    hands.days_pass(6)
    assert isinstance(facts(hands.objects(hands.holder))[0], AssignmentObjected)


def test_where_no_bounce_is_allowed_the_first_objection_goes_up() -> None:
    hands = case(LIUYUAN, "990001-2023-000001", about=case_traits(town="990001100"))
    hands.objects("unit_willow")
    assert (last(hands).rule, last(hands).clock) == ("objections_spent", None)


@pytest.mark.parametrize(
    ("unit", "reason"),
    [("unit_430406002", RefusalReason.NOT_ENTITLED), ("unit_stationed_1", RefusalReason.UNKNOWN_PETITION)],
)
def test_only_the_handling_unit_objects(unit: str, reason: RefusalReason) -> None:
    assert refusal(case(excluded=["unit_stationed_1"]).objects(unit)) is reason


# -- the superior ----------------------------------------------------------------------------------------------------


def gone_up() -> Hands:
    hands = case()
    for _ in range(3):
        hands.objects(hands.holder)
    return hands


def test_the_superior_designates_and_that_is_the_end_of_objections() -> None:
    hands = gone_up()
    hands.superior_says("designate_unit", "unit_stationed_4")
    fact = last(hands)
    assert (fact.unit, fact.mode, fact.rule, fact.before) == ("unit_stationed_4", Mode.CROSSED, "designated", SUPERIOR)
    assert fact.clock == hands.said[0].clock  # type: ignore[attr-defined]
    assert refusal(hands.objects("unit_stationed_4")) is RefusalReason.ALREADY_DECIDED


def test_what_ran_out_while_the_superior_had_it_begins_anew() -> None:
    hands = gone_up()
    hands.days_pass(100)
    hands.superior_says("designate_unit", HOME)
    assert (last(hands).clock.started_at, last(hands).mode) == (hands.now, Mode.UNIT)


def test_what_the_superior_takes_up_is_not_the_districts_any_more() -> None:
    hands = case()
    outputs = hands.superior_says("take_up")
    assert (last(hands).rule, last(hands).clock, last(hands).before) == ("taken_up", None, HOME)
    assert {SUPERIOR, HOME} <= {*told(outputs)}
    assert hands.superior_says("take_up") == []


def test_a_decision_before_the_case_waits_and_one_on_no_case_does_not() -> None:
    said = SuperiorDecided(
        petition=NUMBER, superior=SUPERIOR, matter="take_up", approved=True, on=NOW.date(), acceptance=1
    )
    with pytest.raises(NotYet):
        above.hear(None, said, Facts(YANFENG), now=NOW)
    assert above.hear(None, said.model_copy(update={"acceptance": None}), Facts(YANFENG), now=NOW) == []


def test_a_superior_that_lets_its_clock_run_out_is_told_once_and_so_is_the_principal() -> None:
    hands = gone_up()
    assert isinstance(hands.state, SentUp)
    due = due_at(hands.state)
    assert due == at("2023-03-16 00:00")
    hands.now = due
    outputs = hands.hears(expire, CaseDue(petition=NUMBER), is_fact=False)
    assert isinstance(last(hands), SuperiorOverdue)
    assert told(outputs) == [SUPERIOR, PRINCIPAL]
    assert due_at(hands.state) is None
    assert hands.hears(expire, CaseDue(petition=NUMBER), is_fact=False) == []


# -- a leader --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "mode", "unit", "answer"),
    [
        (PRINCIPAL, Mode.CROSSED, None, None),
        (DEPUTY, Mode.TAKE_UP, "unit_organ_2", None),
        (DEPUTY, Mode.UNIT, "unit_stationed_4", None),
        (OTHER_DEPUTY, Mode.CROSSED, None, RefusalReason.NOT_ENTITLED),
        ("leader_assist_1", Mode.CROSSED, None, RefusalReason.NOT_ENTITLED),
        ("leader_assist_2", Mode.CROSSED, None, RefusalReason.UNKNOWN_PETITION),
        (PRINCIPAL, Mode.CROSSED, "unit_stationed_1", RefusalReason.TIED),
        (PRINCIPAL, Mode.CROSSED, "unit_nowhere", RefusalReason.UNKNOWN_UNIT),
        (PRINCIPAL, Mode.CROSSED, HOME, RefusalReason.CONTRADICTORY),
        (PRINCIPAL, Mode.TAKE_UP, "unit_stationed_4", RefusalReason.CONTRADICTORY),
        (PRINCIPAL, Mode.UNIT, "unit_organ_1", RefusalReason.CONTRADICTORY),
        (PRINCIPAL, Mode.UNIT, HOME, RefusalReason.ALREADY_DECIDED),
    ],
)
def test_a_leader_changes_the_handling_where_they_may(
    by: str, mode: Mode, unit: str | None, answer: RefusalReason | None
) -> None:
    hands = case(excluded=["unit_stationed_1", "leader_assist_2"])
    outputs = hands.is_changed(by, mode, unit)
    if answer is not None:
        assert refusal(outputs) is answer
        return
    fact = last(hands)
    assert (fact.mode, fact.rule, fact.reasons, fact.by) == (mode, asking.CHANGED, ["complex"], by)
    assert fact.unit == (unit or fact.unit)


def test_what_is_with_the_superior_or_over_is_not_changed_here() -> None:
    assert refusal(gone_up().is_changed(PRINCIPAL, Mode.CROSSED)) is RefusalReason.ALREADY_DECIDED


# -- races -----------------------------------------------------------------------------------------------------------


def concluded(unit: str = HOME) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=unit,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=NOW.date(),
    )


@pytest.mark.parametrize("way", ["moved", "sent up"])
def test_what_was_concluded_while_it_was_moved_is_its_old_units(way: str) -> None:
    hands = case()
    if way == "moved":
        hands.is_changed(PRINCIPAL, Mode.CROSSED)
    else:
        hands.superior_says("take_up")
    holder, state = hands.holder, hands.state
    (fact,) = facts(close(state, concluded(), Facts(YANFENG), now=NOW))
    assert isinstance(fact, CaseReassigned)
    assert (fact.unit, fact.before, fact.rule) == (HOME, holder, "concluded_before")
    after = apply(hands, concluded(), fact)
    assert isinstance(after, Closed)
    assert (after.unit, after.zone, after.since) == (HOME, "zone_1", NOW.date())


def apply(hands: Hands, *said: Message) -> Any:
    for fact in said:
        hands.state = evolve(hands.state, fact, hands.now)
    return hands.state


def test_a_return_takes_back_what_is_with_the_superior_and_ties_outlive_it() -> None:
    hands = gone_up()
    hands.is_tied("unit_stationed_5", CLERK)
    back = PetitionReturned(
        petition=NUMBER,
        traits=case_traits(),
        ground=ReturnGround.OTHER,
        office="office_supervision_1",
        by=DEPUTY,
        returned_on=NOW.date(),
    )
    with pytest.raises(NotYet):
        assign(hands.state, accepted(acceptance=2), Facts(YANFENG), now=NOW)
    (fact,) = facts(give_up(hands.state, back, Facts(YANFENG), now=NOW))
    assert isinstance(fact, CaseWithdrawn) and fact.unit == SUPERIOR
    assert isinstance(apply(hands, back, fact), Withdrawn)
    (anew,) = facts(assign(hands.state, accepted(acceptance=2), Facts(YANFENG), now=NOW))
    assert isinstance(anew, CaseAssigned) and "unit_stationed_5" in anew.excluded


def test_a_correction_after_a_move_is_the_new_units_and_lateness_the_old_ones() -> None:
    hands = case()
    assert isinstance(hands.state, Open)
    hands.now = hands.state.clock.due_at
    hands.hears(expire, CaseDue(petition=NUMBER), is_fact=False)
    hands.is_changed(PRINCIPAL, Mode.TAKE_UP, "unit_organ_1")
    assert hands.state.overdue
    message = TraitsCorrected(
        petition=NUMBER,
        before=case_traits(),
        after=case_traits(town=None),
        status="accepted",
        corrected_on=NOW.date(),
        by=CLERK,
        reason="entry_error",
    )
    (fact,) = facts(correct(hands.state, message, Facts(YANFENG), now=hands.now))
    assert isinstance(fact, AssignmentCorrected)
    assert (fact.unit, fact.overdue_unit, fact.overdue_zone) == ("unit_organ_1", HOME, "zone_1")
    after = apply(hands, fact)
    assert after.hands.given.traits.town is None


def test_what_was_assigned_before_any_of_this_was_kept_is_not_moved() -> None:
    hands = case()
    assert isinstance(hands.state, Open)
    hands.state = Open(unit=HOME, zone="zone_1", clock=hands.state.clock)
    assert refusal(hands.objects(HOME)) is RefusalReason.TOO_OLD
    assert refusal(hands.is_changed(PRINCIPAL, Mode.CROSSED)) is RefusalReason.TOO_OLD


def test_what_is_no_case_is_unknown() -> None:
    tie = DeclareTie(petition=NUMBER, actor=HOME, kind=TieKind.INTEREST)
    assert refusal(asking.declare_tie(None, tie, Facts(YANFENG, HOME), now=NOW)) is RefusalReason.UNKNOWN_PETITION
