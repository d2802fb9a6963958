"""Review: whose turn it is, return and conclusion, settlement; and every refusal."""

from typing import Any

import pytest
from pydantic import TypeAdapter
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.review import (
    CaseConcluded,
    CaseSettled,
    OpinionGiven,
    Outcome,
    ReportReturned,
    ReportSubmitted,
    ReturnReason,
    SubmitReport,
)

from services.review.decide import open_case, submit_report
from services.review.facts import Facts
from services.review.state import Awaiting, Concluded, ReviewCase, UnderReview
from services.runtime.errors import NotYet
from services.runtime.rules import Notice
from tests.rules.given import ELSEWHERE, NOW, NUMBER, YANFENG, facts, refusal, the, told
from tests.rules.stories import IN_ORDER, JOINT, TOWN_UNIT, Story, reported


def test_a_report_goes_to_the_three_offices_side_by_side() -> None:
    outputs = Story().report(recovered_yuan=34_400)
    submitted = the(outputs, ReportSubmitted)
    assert (submitted.unit, submitted.version, submitted.recovered_yuan) == (TOWN_UNIT, 1, 34_400)
    assert told(outputs) == JOINT[0]


def test_offices_may_speak_in_any_order_and_the_last_one_calls_the_next_step() -> None:
    story = reported()
    assert told(story.opinion("office_trial")) == told(story.opinion("office_supervision_1")) == []
    assert told(story.opinion("office_petition")) == ["leader_assist_1"]
    assert told(story.opinion("leader_assist_1")) == ["leader_deputy_1"]
    assert [fact.step for fact in story.said if isinstance(fact, OpinionGiven)] == [1, 1, 1, 2]


def test_the_last_signature_concludes_and_tells_the_unit_and_the_petition_office() -> None:
    story = reported(recovered=34_400).agreed_by(*IN_ORDER[:-1])
    outputs = story.opinion("leader_principal")
    given, concluded = facts(outputs)
    assert isinstance(given, OpinionGiven)
    assert isinstance(concluded, CaseConcluded)
    assert (concluded.chain, concluded.jointly_reviewed, concluded.version) == ("joint", True, 1)
    assert (concluded.unit, concluded.zone, concluded.recovered_yuan) == (TOWN_UNIT, "zone_1", 34_400)
    assert concluded.concluded_on == NOW.date()
    assert told(outputs) == [TOWN_UNIT, "office_petition"]


def test_the_unit_is_not_told_whose_places_were_filled_the_petition_office_is() -> None:
    """Who was replaced is tied, perhaps to the reporter."""
    story = reported().agreed_by(*IN_ORDER[:-1])
    notices = [one for one in story.opinion("leader_principal") if isinstance(one, Notice)]
    shown = {one.actor: one.fact for one in notices if isinstance(one.fact, CaseConcluded)}
    unit, office = shown[TOWN_UNIT], shown["office_petition"]
    assert (unit.demanded, office.demanded) == (None, JOINT)
    assert office.link is not None


def test_the_organs_own_case_is_concluded_without_joint_review() -> None:
    story = reported("unit_organ_1").agreed_by("office_trial", "leader_assist_2", "leader_principal")
    concluded = story.said[-1]
    assert isinstance(concluded, CaseConcluded)
    assert (concluded.chain, concluded.jointly_reviewed) == ("own", False)


def test_a_return_ends_the_version_and_tells_the_unit_and_those_side_by_side() -> None:
    story = reported().agreed_by("office_petition")
    outputs = story.opinion("office_trial", back=True)
    back = the(outputs, ReportReturned)
    assert (back.actor, back.unit, back.version) == ("office_trial", TOWN_UNIT, 1)
    assert back.reason is ReturnReason.FACTS_UNCLEAR
    assert told(outputs) == [TOWN_UNIT, "office_supervision_1", "office_petition"]


def test_the_next_version_passes_the_whole_chain_again() -> None:
    story = reported().agreed_by(*IN_ORDER[:-1])
    assert told(story.opinion("leader_principal", back=True)) == [TOWN_UNIT]
    assert told(story.report(2)) == JOINT[0]
    assert refusal(story.opinion("leader_principal", 2)) is RefusalReason.NOT_YOUR_TURN
    story.agreed_by(*IN_ORDER, version=2)
    concluded = story.said[-1]
    assert isinstance(concluded, CaseConcluded)
    assert concluded.version == 2


@pytest.mark.parametrize("actor", IN_ORDER[3:])
def test_a_leader_waits_for_everybody_before(actor: str) -> None:
    story = reported()
    assert refusal(story.opinion(actor)) is RefusalReason.NOT_YOUR_TURN
    assert refusal(story.opinion(actor, back=True)) is RefusalReason.NOT_YOUR_TURN
    story.agreed_by("office_supervision_1", "office_trial")
    assert refusal(story.opinion(actor)) is RefusalReason.NOT_YOUR_TURN


def test_nobody_speaks_twice_on_a_version() -> None:
    story = reported().agreed_by("office_trial")
    assert refusal(story.opinion("office_trial")) is RefusalReason.ALREADY_DECIDED
    assert refusal(story.opinion("office_trial", back=True)) is RefusalReason.ALREADY_DECIDED
    assert isinstance(story.state, UnderReview)
    assert story.state.given == ["office_trial"]


STRANGERS = ["office_case", "office_supervision_2", "leader_deputy_2", "superior_430400", TOWN_UNIT, "partner_x", ""]


@pytest.mark.parametrize("actor", STRANGERS)
def test_a_stranger_is_refused_and_learns_nothing_of_how_far_it_is(actor: str) -> None:
    done = reported().agreed_by(*IN_ORDER)
    for story in (Story(), reported(), done):
        assert refusal(story.opinion(actor)) is RefusalReason.NOT_ENTITLED
        assert refusal(story.opinion(actor, 7)) is RefusalReason.NOT_ENTITLED


@pytest.mark.parametrize("actor", ["unit_430406002", "office_petition", "leader_principal", ""])
def test_only_the_handling_unit_reports(actor: str) -> None:
    for story in (Story(), reported(), reported().agreed_by(*IN_ORDER)):
        message = SubmitReport(petition=NUMBER, version=1, outcome=Outcome.PROVED)
        assert (
            refusal(submit_report(story.state, message, Facts(YANFENG, actor), now=NOW)) is RefusalReason.NOT_ENTITLED
        )


def test_a_report_is_the_version_that_is_awaited() -> None:
    story = Story()
    assert refusal(story.report(2)) is RefusalReason.WRONG_VERSION
    story.report()
    assert refusal(story.report()) is RefusalReason.ALREADY_DECIDED
    story.opinion("office_trial", back=True)
    assert refusal(story.report()) is RefusalReason.WRONG_VERSION
    assert the(story.report(2), ReportSubmitted).version == 2


@pytest.mark.parametrize("version", [2, 999])
def test_an_opinion_on_another_version_is_refused(version: int) -> None:
    assert refusal(reported().opinion("office_trial", version)) is RefusalReason.WRONG_VERSION


def test_an_opinion_on_what_has_gone_back_is_refused_whether_or_not_the_next_is_there() -> None:
    story = reported()
    story.opinion("office_trial", back=True)
    assert refusal(story.opinion("office_petition")) is RefusalReason.WRONG_VERSION
    story.report(2)
    assert refusal(story.opinion("office_petition")) is RefusalReason.WRONG_VERSION


def test_an_opinion_before_the_report_is_too_early_and_does_not_count() -> None:
    story = Story()
    assert refusal(story.opinion("office_trial")) is RefusalReason.NOT_YOUR_TURN
    story.report()
    assert the(story.opinion("office_trial"), OpinionGiven).actor == "office_trial"


def test_after_the_conclusion_nothing_is_reviewed() -> None:
    story = reported().agreed_by(*IN_ORDER)
    for actor in IN_ORDER:
        assert refusal(story.opinion(actor)) is RefusalReason.ALREADY_DECIDED
    assert refusal(story.report(2)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("actor", ["office_petition", TOWN_UNIT])
def test_a_settlement_is_recorded_once_and_only_of_a_concluded_case(actor: str) -> None:
    story = Story()
    assert refusal(story.settlement(actor)) is RefusalReason.NOT_YOUR_TURN
    story.report()
    assert refusal(story.settlement(actor)) is RefusalReason.NOT_YOUR_TURN
    story.agreed_by(*IN_ORDER)
    settled = the(story.settlement(actor), CaseSettled)
    assert (settled.unit, settled.zone, settled.settled_on) == (TOWN_UNIT, "zone_1", NOW.date())
    assert refusal(story.settlement(actor)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("actor", ["office_trial", "leader_principal", "unit_430406002"])
def test_others_record_no_settlement(actor: str) -> None:
    for story in (Story(), reported().agreed_by(*IN_ORDER)):
        assert refusal(story.settlement(actor)) is RefusalReason.NOT_ENTITLED


def test_what_comes_before_the_assignment_waits() -> None:
    story = Story()
    story.state = None
    with pytest.raises(NotYet):
        story.report()
    with pytest.raises(NotYet):
        story.opinion("office_trial")
    with pytest.raises(NotYet):
        story.settlement("office_petition")


def test_another_districts_case_is_unknown_though_its_actors_have_the_same_codes() -> None:
    story = reported("unit_organ_1")
    for elsewhere in (
        story.report(petition=ELSEWHERE),
        story.opinion("office_trial", petition=ELSEWHERE),
        story.settlement("office_petition", petition=ELSEWHERE),
    ):
        assert refusal(elsewhere) is RefusalReason.UNKNOWN_PETITION


def test_an_assignment_that_comes_again_changes_nothing() -> None:
    story = reported().agreed_by("office_trial")
    before = story.state
    assert open_case(before, story.given, Facts(YANFENG, ""), now=NOW) == []
    story.hear(story.given)
    assert story.state is before


def test_states_read_back_as_they_were_written() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(ReviewCase)
    for story, shape in (
        (Story(), Awaiting),
        (reported().agreed_by("office_trial"), UnderReview),
        (reported().agreed_by(*IN_ORDER), Concluded),
    ):
        assert isinstance(story.state, shape)
        assert stored.validate_json(stored.dump_json(story.state)) == story.state
