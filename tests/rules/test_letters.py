"""督办函: who presses whom, by when it is answered, and that silence is said once."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from xinfang_contracts.district import District, Unit
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.pressing import (
    AnswerSupervisionLetter,
    SupervisionLetterAnswered,
    SupervisionLetterIssued,
    SupervisionLetterOverdue,
)
from xinfang_contracts.routing import CaseOverdue, CaseSentUp

from services.routing.expiring import CaseDue
from services.routing.expiring import expire as fall_due
from services.routing.facts import Facts
from services.routing.pressing.letters import answer, issue
from services.routing.state import Open, State, due_at
from services.runtime.rules import Output
from tests.rules.given import LIUYUAN, NOW, NUMBER, YANFENG, at, case_traits, facts, refusal, the, told
from tests.rules.pressing import (
    AFTER,
    DEPUTY,
    DOCUMENT,
    LETTER_CLOCK,
    MANAGEMENT,
    MEMBER,
    MUCH_LATER,
    OFFICE,
    OTHER_DEPUTY,
    PRINCIPAL,
    TRIAL,
    UNIT,
    Pressed,
    letter_to,
    tied_cases,
)

ANSWER = AnswerSupervisionLetter(petition=NUMBER, number=1, document=DOCUMENT)


def due(story: Pressed) -> list[Output]:
    return [*story.do(fall_due, "", CaseDue(petition=story.number))]


def test_letters_are_numbered_within_their_case_and_go_to_a_department_or_a_unit() -> None:
    story = Pressed()
    first, second = story.do(issue, DEPUTY, letter_to()), story.do(issue, PRINCIPAL, letter_to(UNIT))
    one, two = the(first, SupervisionLetterIssued), the(second, SupervisionLetterIssued)
    assert (one.number, one.to, one.by, one.basis) == (1, "housing", DEPUTY, "规则22")
    assert (two.number, two.to, two.by, two.zone) == (2, UNIT, PRINCIPAL, "zone_1")
    assert told(first) == told(second) == [UNIT, OFFICE, MANAGEMENT]


def test_an_answer_is_due_by_the_districts_clock() -> None:
    clock = the(Pressed().do(issue, DEPUTY, letter_to()), SupervisionLetterIssued).clock
    assert clock is not None
    assert (clock.name, clock.started_at, clock.basis) == (LETTER_CLOCK.name, NOW, LETTER_CLOCK.basis)
    assert clock.due_at == at("2023-03-16 00:00")
    elsewhere = Pressed("unit_willow", LIUYUAN)
    message = letter_to("tribunal", elsewhere.number)
    clock = the(elsewhere.do(issue, "leader_second", message), SupervisionLetterIssued).clock
    assert clock is not None
    assert (clock.basis, clock.due_at) == ("柳原办法9", at("2023-03-22 00:00"))


@pytest.mark.parametrize(
    ("unit", "tied", "actor", "may"),
    [
        (UNIT, [], DEPUTY, True),
        (UNIT, [], PRINCIPAL, True),
        (UNIT, [], OTHER_DEPUTY, False),
        (UNIT, [], MEMBER, False),
        (UNIT, [DEPUTY], OTHER_DEPUTY, True),
        ("unit_organ_1", [], OTHER_DEPUTY, True),
        ("unit_organ_1", [], MEMBER, False),
    ],
)
def test_who_is_in_charge_presses(unit: str, tied: list[str], actor: str, may: bool) -> None:
    outputs = Pressed(unit, tied=tied).do(issue, actor, letter_to())
    assert bool(facts(outputs)) is may
    assert may or refusal(outputs) is RefusalReason.NOT_ENTITLED


@pytest.mark.parametrize(
    ("to", "tied", "reason"),
    [
        ("nobody", [], RefusalReason.UNKNOWN_RECEIVER),
        ("unit_stationed_1", ["unit_stationed_1"], RefusalReason.TIED),
        ("housing", [DEPUTY], RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_a_letter_that_is_refused(to: str, tied: list[str], reason: RefusalReason) -> None:
    assert refusal(Pressed(tied=tied).do(issue, DEPUTY, letter_to(to))) is reason


def test_what_is_with_the_superior_is_not_pressed_from_here() -> None:
    story = Pressed()
    story.hear(CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left"))
    assert refusal(story.do(issue, PRINCIPAL, letter_to())) is RefusalReason.NOT_YOUR_TURN


@pytest.mark.parametrize(
    ("to", "actor", "answered"),
    [
        ("housing", OFFICE, True),
        ("housing", MANAGEMENT, True),
        ("housing", UNIT, False),
        ("housing", TRIAL, False),
        (UNIT, UNIT, True),
        (UNIT, OFFICE, False),
        ("unit_stationed_1", "unit_stationed_1", True),
    ],
)
def test_a_unit_answers_itself_and_a_departments_answer_is_entered(to: str, actor: str, answered: bool) -> None:
    story = Pressed()
    story.do(issue, DEPUTY, letter_to(to))
    outputs = story.do(answer, actor, ANSWER)
    assert [type(one) for one in facts(outputs)] == ([SupervisionLetterAnswered] if answered else [])
    assert answered or refusal(outputs) is RefusalReason.NOT_ENTITLED
    assert not answered or DEPUTY in told(outputs)


def test_an_answer_comes_once_and_to_a_letter_that_there_is() -> None:
    story = Pressed()
    story.do(issue, DEPUTY, letter_to())
    story.do(answer, OFFICE, ANSWER)
    assert refusal(story.do(answer, OFFICE, ANSWER)) is RefusalReason.ALREADY_ANSWERED
    other = ANSWER.model_copy(update={"number": 2})
    assert refusal(story.do(answer, OFFICE, other)) is RefusalReason.UNKNOWN_ITEM


@pytest.mark.parametrize(("seconds", "on_time"), [(-1, True), (0, False)])
def test_an_answer_is_in_time_until_its_moment_and_taken_after_it(seconds: int, on_time: bool) -> None:
    story = Pressed()
    story.do(issue, DEPUTY, letter_to())
    story.now = LETTER_CLOCK.due_at + timedelta(seconds=seconds)
    assert the(story.do(answer, OFFICE, ANSWER), SupervisionLetterAnswered).on_time is on_time


def test_silence_is_said_once_to_whoever_wrote_and_to_case_management() -> None:
    story = Pressed()
    story.do(issue, DEPUTY, letter_to())
    assert due_at(story.state) == LETTER_CLOCK.due_at
    story.now = LETTER_CLOCK.due_at - timedelta(microseconds=1)
    assert due(story) == []
    story.now = LETTER_CLOCK.due_at
    outputs = due(story)
    assert the(outputs, SupervisionLetterOverdue).number == 1
    assert told(outputs) == [DEPUTY, MANAGEMENT]
    assert due(story) == []
    assert isinstance(story.state, Open)
    assert due_at(story.state) == story.state.clock.due_at


def test_a_letter_after_the_conclusion_is_followed_as_well() -> None:
    story = Pressed().conclude()
    assert due_at(story.state) is None
    story.do(issue, DEPUTY, letter_to())
    assert due_at(story.state) == LETTER_CLOCK.due_at
    story.now = AFTER
    assert the(due(story), SupervisionLetterOverdue).to == "housing"
    assert due_at(story.state) is None


def test_an_answered_letter_never_falls_due() -> None:
    story = Pressed().conclude()
    story.do(issue, DEPUTY, letter_to())
    story.do(answer, OFFICE, ANSWER)
    story.now = AFTER
    assert (due(story), due_at(story.state)) == ([], None)


def test_a_case_that_is_overdue_is_told_to_whoever_may_press_it() -> None:
    story = Pressed(tied=[MANAGEMENT])
    story.now = MUCH_LATER
    outputs = due(story)
    assert isinstance(the(outputs, CaseOverdue), CaseOverdue)
    assert DEPUTY in told(outputs)
    tied = Pressed(tied=[DEPUTY])
    tied.now = MUCH_LATER
    assert DEPUTY not in told(due(tied))


@given(tied_cases(), st.booleans())
@settings(deadline=None, max_examples=150)
def test_nobody_who_is_tied_presses_answers_or_is_told(case: tuple[District, Unit, list[str]], over: bool) -> None:
    district, unit, barred = case
    story = Pressed(unit.code, district, barred)
    if over:
        story.conclude()
    receiver = district.receivers[0].code
    said: list[Output] = []
    for actor in [one.code for one in district.leaders]:
        said += story.do(issue, actor, letter_to(receiver, story.number))
    for actor in district.actors():
        said += story.do(answer, actor, AnswerSupervisionLetter(petition=story.number, number=1, document=DOCUMENT))
    story.now = MUCH_LATER
    said += due(story)
    assert not set(told(said)).intersection(barred)
    assert not {getattr(one, "by", None) for one in facts(said)}.intersection(barred)


def test_the_state_is_kept_as_it_was_and_older_rows_are_still_read() -> None:
    story = Pressed()
    story.do(issue, DEPUTY, letter_to())
    cases: TypeAdapter[State] = TypeAdapter(State)
    assert cases.validate_json(cases.dump_json(story.state)) == story.state
    assert b"pressing" not in cases.dump_json(Pressed().state)
    old = {"status": "closed", "unit": UNIT}
    assert due_at(cases.validate_python(old)) is None
    assert facts(fall_due(cases.validate_python(old), CaseDue(petition=NUMBER), Facts(YANFENG), now=NOW)) == []
