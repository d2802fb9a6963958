"""Quality review of a file: marks with reasons, one objection, one decision; and what makes a case concluded well."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.quality import (
    DecideQuality,
    FileSampled,
    ObjectToQuality,
    PointsOff,
    QualityDecided,
    QualityObjected,
    QualityReviewed,
    ReviewQuality,
)
from xinfang_contracts.review import CaseConcluded, ReturnReason
from xinfang_contracts.routing import CaseAssigned

from services.review.quality.waiting import tasks
from services.review.state import ReviewCase, Withdrawn, evolve
from tests.rules.clarified import MANAGEMENT, OTHER, PRINCIPAL, TRIAL, UNIT, Afterwards
from tests.rules.given import NOW, NUMBER, YANFENG, assigned, refusal, the, told
from tests.rules.stories import IN_ORDER, Story

PERIOD = "2023-Q1"


def off(item: str, points: int) -> PointsOff:
    return PointsOff(item=item, points=points, reasons=OTHER)


def sampled(**given: Any) -> Afterwards:
    """A file that was handed out."""
    case = Afterwards(**given)
    case.hear(
        FileSampled(
            petition=NUMBER,
            period=PERIOD,
            unit=UNIT,
            zone="zone_1",
            concluded_on=date(2023, 3, 1),
            reviewer=MANAGEMENT,
        )
    )
    return case


def reviewed(case: Afterwards, *points: PointsOff, actor: str = MANAGEMENT, period: str = PERIOD) -> Any:
    return case.say(actor, ReviewQuality(petition=NUMBER, period=period, points_off=list(points)))


def objected(case: Afterwards, actor: str = UNIT) -> Any:
    return case.say(actor, ObjectToQuality(petition=NUMBER, period=PERIOD, document=OTHER))


def decided(case: Afterwards, *points: PointsOff, actor: str = PRINCIPAL) -> Any:
    return case.say(actor, DecideQuality(petition=NUMBER, period=PERIOD, points_off=list(points)))


def test_points_are_taken_off_with_reasons_and_the_unit_is_told() -> None:
    case = sampled()
    outputs = reviewed(case, off("facts", 12), off("reply_late", 3))
    fact = the(outputs, QualityReviewed)
    assert (fact.score, fact.excellent, fact.by, fact.unit) == (85, False, MANAGEMENT, UNIT)
    assert [(one.item, one.points, one.reasons) for one in fact.points_off] == [
        ("facts", 12, OTHER),
        ("reply_late", 3, OTHER),
    ]
    assert (fact.concluded_on, told(outputs)) == (date(2023, 3, 1), [UNIT])


@pytest.mark.parametrize(("points", "excellent"), [(10, True), (11, False)])
def test_excellent_begins_where_the_district_says(points: int, excellent: bool) -> None:
    assert the(reviewed(sampled(), off("facts", points)), QualityReviewed).excellent is excellent


def test_nothing_off_is_full_marks() -> None:
    assert the(reviewed(sampled()), QualityReviewed).score == 100


@pytest.mark.parametrize(
    "points",
    [[off("no_such_item", 1)], [off("facts", 21)], [off("facts", 1), off("facts", 2)]],
)
def test_points_fit_the_checklist(points: list[PointsOff]) -> None:
    assert refusal(reviewed(sampled(), *points)) is RefusalReason.CONTRADICTORY


def test_only_the_reviewer_reviews_and_never_the_unit_or_anybody_tied() -> None:
    case = sampled()
    others = [actor for actor in YANFENG.actors() if actor != MANAGEMENT]
    assert {refusal(reviewed(case, actor=actor)) for actor in others} == {RefusalReason.NOT_ENTITLED}
    case.hears("routing.tie_declared.v1", TieDeclared(petition=NUMBER, actor=MANAGEMENT, assigned=True))
    assert refusal(reviewed(case)) is RefusalReason.UNKNOWN_PETITION
    assert the(reviewed(case, actor=TRIAL), QualityReviewed).by == TRIAL


def test_only_a_sampled_file_is_reviewed_and_once() -> None:
    case = sampled()
    assert refusal(reviewed(case, period="2023-H1")) is RefusalReason.UNKNOWN_ITEM
    assert refusal(objected(case)) is RefusalReason.NOT_YOUR_TURN
    reviewed(case)
    assert refusal(reviewed(case)) is RefusalReason.ALREADY_DECIDED
    case.hear(assigned(number=NUMBER, acceptance=2))
    assert refusal(objected(case)) is RefusalReason.NOT_YOUR_TURN


def test_the_unit_objects_once_and_the_principal_decides() -> None:
    case = sampled()
    reviewed(case, off("facts", 12))
    assert refusal(objected(case, MANAGEMENT)) is RefusalReason.NOT_ENTITLED
    outputs = objected(case)
    assert (the(outputs, QualityObjected).decides, told(outputs)) == (PRINCIPAL, [PRINCIPAL, MANAGEMENT])
    assert refusal(objected(case)) is RefusalReason.ALREADY_DECIDED
    assert refusal(decided(case, actor=MANAGEMENT)) is RefusalReason.NOT_ENTITLED
    outputs = decided(case, off("facts", 5))
    fact = the(outputs, QualityDecided)
    assert (fact.score_before, fact.score, fact.excellent_before, fact.excellent) == (88, 95, False, True)
    assert told(outputs) == [UNIT, MANAGEMENT]
    assert refusal(decided(case)) is RefusalReason.ALREADY_DECIDED
    assert refusal(objected(case)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("points", [[off("facts", 13)], [off("evidence", 1)]])
def test_nobody_loses_by_objecting(points: list[PointsOff]) -> None:
    case = sampled()
    reviewed(case, off("facts", 12))
    objected(case)
    assert refusal(decided(case, *points)) is RefusalReason.CONTRADICTORY


def test_a_file_that_was_not_objected_to_is_not_decided() -> None:
    case = sampled()
    reviewed(case)
    assert refusal(decided(case)) is RefusalReason.NOT_YOUR_TURN


def test_what_is_to_be_done_waits_in_somebodys_queue() -> None:
    case = sampled()
    queues = [[*tasks(case.state, YANFENG)]]
    for step in (reviewed, objected, decided):
        assert step(case)
        queues.append([*tasks(case.state, YANFENG)])
    assert [[(one.actor, one.task) for one in queue] for queue in queues] == [
        [(MANAGEMENT, "review_quality")],
        [],
        [(PRINCIPAL, "decide_quality")],
        [],
    ]


def test_a_conclusion_says_why_its_reports_had_gone_back_each_reason_once() -> None:
    story = Story()
    for version in (1, 2):
        story.report(version)
        story.opinion("office_trial", version, back=True)
    story.report(3)
    story.agreed_by(*IN_ORDER, version=3)
    ended = story.said[-1]
    assert isinstance(ended, CaseConcluded)
    assert ended.returned_for == [ReturnReason.FACTS_UNCLEAR]


def test_accepted_anew_what_came_before_was_another_case() -> None:
    story = Story()
    story.report()
    story.opinion("office_trial", back=True)
    assert story.state is not None and story.state.case.quality is not None
    again = assigned(acceptance=2)
    assert isinstance(again, CaseAssigned)
    heard_twice = evolve(story.state, again.model_copy(update={"acceptance": 1}), NOW)
    assert heard_twice == story.state
    after = evolve(Withdrawn(case=story.state.case, version=2), again, NOW)
    assert after is not None and after.case.quality is not None and after.case.quality.returned_for == ()


def test_states_read_back_as_they_were_written() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(ReviewCase)
    case = sampled()
    for outputs in (reviewed(case, off("facts", 3)), objected(case), decided(case)):
        assert outputs
        assert stored.validate_json(stored.dump_json(case.state)) == case.state
