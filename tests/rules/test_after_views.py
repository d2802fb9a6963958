"""What the reporter says of the result (规则27), and the result that goes up (规则23); every refusal."""

from typing import Any

import pytest
from pydantic import TypeAdapter
from xinfang_contracts.after import (
    AnswerObjection,
    CaseReopened,
    ObjectionAnswered,
    PlanFollowUp,
    RecordFollowUp,
    RecordView,
    ReopenCase,
    ResultSentUp,
    SendResultUp,
    ViewRecorded,
)
from xinfang_contracts.district import ReviewerRef
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded, CaseSettled, Outcome
from xinfang_contracts.vault import PetitionErased

from services.review.state import Awaiting, Concluded, ReviewCase
from services.runtime.errors import NotYet
from tests.rules.afterwards import DOCUMENT, OFFICE, PRINCIPAL, QUIET, UNIT, Case
from tests.rules.given import ELSEWHERE, NOW, NUMBER, facts, refusal, the, told

COMMANDS: list[tuple[type[Message], dict[str, Any], str]] = [
    (RecordView, {"view": "satisfied"}, OFFICE),
    (AnswerObjection, {"document": DOCUMENT}, UNIT),
    (SendResultUp, {}, PRINCIPAL),
    (PlanFollowUp, {"on": "2023-04-01"}, UNIT),
    (RecordFollowUp, {"outcome": "made", "on": "2023-03-01"}, UNIT),
    (ReopenCase, {"ground": "returned"}, OFFICE),
]
every_command = pytest.mark.parametrize(("command", "fields", "actor"), COMMANDS)


@every_command
def test_what_follows_a_conclusion_waits_for_the_case_and_then_for_its_conclusion(
    command: type[Message], fields: dict[str, Any], actor: str
) -> None:
    story = Case()
    story.state = None
    with pytest.raises(NotYet):
        story.do(command, actor, **fields)
    for running in (Case(), Case()):
        assert refusal(running.do(command, actor, **fields)) is RefusalReason.NOT_YOUR_TURN
        running.report()
        assert refusal(running.do(command, actor, **fields)) is RefusalReason.NOT_YOUR_TURN


@every_command
@pytest.mark.parametrize("stranger", ["office_trial", "unit_430406002", "leader_assist_9", ""])
def test_a_stranger_is_refused_and_learns_nothing_of_how_far_it_is(
    command: type[Message], fields: dict[str, Any], actor: str, stranger: str
) -> None:
    for story in (Case(), Case().conclude()):
        assert refusal(story.do(command, stranger, **fields)) is RefusalReason.NOT_ENTITLED


@every_command
def test_to_the_tied_and_to_another_district_it_is_not_there(
    command: type[Message], fields: dict[str, Any], actor: str
) -> None:
    story = Case().conclude()
    assert refusal(story.do(command, actor, **fields | {"petition": ELSEWHERE})) is RefusalReason.UNKNOWN_PETITION
    story.hear(TieDeclared(petition=NUMBER, actor=actor, assigned=True))
    assert refusal(story.do(command, actor, **fields)) is RefusalReason.UNKNOWN_PETITION


@every_command
def test_of_what_is_erased_nothing_is_said_any_more(command: type[Message], fields: dict[str, Any], actor: str) -> None:
    story = Case().conclude().replied()
    story.hear(PetitionErased(petition=NUMBER, ground="court_order", basis="令1", erased_on=NOW.date()))
    assert refusal(story.do(command, actor, **fields)) is RefusalReason.ERASED
    assert story.tick("2024-12-31") == [one for one in story.said if type(one).__name__ == "ResultFedBack"]


@pytest.mark.parametrize(("actor", "other"), [(OFFICE, UNIT), (UNIT, OFFICE)])
def test_a_view_is_recorded_by_who_heard_it_and_the_other_is_told(actor: str, other: str) -> None:
    story = Case().conclude().on("2023-03-09")
    outputs = story.do(RecordView, actor, view="mostly_satisfied")
    fact = the(outputs, ViewRecorded)
    assert (fact.view, fact.by, fact.on.isoformat(), fact.replaces) == ("mostly_satisfied", actor, "2023-03-09", None)
    assert told(outputs) == [other]
    assert fact.link is not None


def test_whoever_is_tied_is_told_of_nothing() -> None:
    story = Case().conclude()
    story.hear(TieDeclared(petition=NUMBER, actor=OFFICE, assigned=True))
    assert told(story.do(RecordView, UNIT, view="satisfied")) == []
    assert told(story.do(ReopenCase, PRINCIPAL, ground="returned")) == [UNIT]


def test_a_later_view_takes_the_place_of_the_one_before() -> None:
    story = Case().conclude()
    story.do(RecordView, view="dissatisfied")
    fact = the(story.on("2023-03-20").do(RecordView, view="satisfied"), ViewRecorded)
    assert fact.replaces is not None
    assert (fact.replaces.view, fact.replaces.on) == ("dissatisfied", NOW.date())


@pytest.mark.parametrize("what", ["objection", "new_evidence"])
def test_an_objection_and_new_evidence_are_written_down(what: str) -> None:
    story = Case().conclude()
    said: dict[str, Any] = {"view": "dissatisfied", what: True}
    assert refusal(story.do(RecordView, **said)) is RefusalReason.NO_PROOF


def test_nothing_rests_while_an_objection_is_open() -> None:
    story = Case().conclude()
    story.do(RecordView, view="dissatisfied", objection=True, document=DOCUMENT)
    assert refusal(story.settle()) is RefusalReason.OBJECTION_OPEN
    outputs = story.on("2023-03-09").do(AnswerObjection, UNIT, document=DOCUMENT)
    fact = the(outputs, ObjectionAnswered)
    assert [one.on for one in fact.raised] == [NOW.date()]
    assert fact.link is not None
    assert told(outputs) == [OFFICE]
    assert isinstance(the(story.settle(), CaseSettled), CaseSettled)


def test_an_answer_needs_an_open_objection() -> None:
    story = Case().conclude()
    assert refusal(story.do(AnswerObjection, document=DOCUMENT)) is RefusalReason.NOT_YOUR_TURN
    story.do(RecordView, view="dissatisfied", objection=True, document=DOCUMENT)
    story.do(AnswerObjection, document=DOCUMENT)
    assert refusal(story.do(AnswerObjection, document=DOCUMENT)) is RefusalReason.NOT_YOUR_TURN


def test_new_evidence_is_checked_and_the_objection_stays_to_be_explained_meanwhile() -> None:
    story = Case().conclude()
    outputs = story.do(RecordView, view="dissatisfied", objection=True, new_evidence=True, document=DOCUMENT)
    _, reopened = facts(outputs)
    assert isinstance(reopened, CaseReopened)
    assert (reopened.ground, reopened.times, reopened.by, reopened.document) == ("new_evidence", 1, OFFICE, DOCUMENT)
    assert isinstance(story.state, Awaiting)
    assert story.state.version == 2
    story.conclude()
    assert refusal(story.settle()) is RefusalReason.OBJECTION_OPEN
    the(story.do(AnswerObjection, document=DOCUMENT), ObjectionAnswered)
    the(story.settle(), CaseSettled)


def test_who_objects_to_what_had_come_to_rest_has_come_back() -> None:
    story = Case().conclude()
    story.settle()
    _, reopened = facts(story.do(RecordView, view="dissatisfied", objection=True, document=DOCUMENT))
    assert isinstance(reopened, CaseReopened)
    assert (reopened.ground, reopened.settled_on) == ("returned", NOW.date())


def test_a_view_alone_reopens_nothing_not_even_a_bad_one() -> None:
    story = Case().conclude()
    story.settle()
    the(story.do(RecordView, view="dissatisfied"), ViewRecorded)
    assert isinstance(story.state, Concluded)


WITHOUT_PRINCIPAL = QUIET.model_copy(
    update={
        "chains": [
            chain.model_copy(update={"steps": [step for step in chain.steps if step != [ReviewerRef.PRINCIPAL]]})
            for chain in QUIET.chains
        ]
    }
)


def test_what_came_from_above_goes_up_with_the_principals_signature() -> None:
    story = Case(transferred=True)
    story.report(Outcome.PARTLY_PROVED)
    story.agree(until=PRINCIPAL)
    outputs = story.agree()
    concluded = next(one for one in facts(outputs) if isinstance(one, CaseConcluded))
    sent = next(one for one in facts(outputs) if isinstance(one, ResultSentUp))
    assert not concluded.waits_to_go_up
    assert (sent.superior, sent.approved_by, sent.outcome) == ("superior_430400", PRINCIPAL, Outcome.PARTLY_PROVED)
    assert told(outputs)[-1] == "superior_430400"
    assert refusal(story.do(SendResultUp, PRINCIPAL)) is RefusalReason.ALREADY_DECIDED


def test_what_did_not_come_from_above_does_not_go_up() -> None:
    story = Case().conclude()
    assert not [one for one in story.said if isinstance(one, ResultSentUp)]
    assert refusal(story.do(SendResultUp, PRINCIPAL)) is RefusalReason.NOT_YOUR_TURN


def test_where_the_chain_did_not_reach_the_principal_the_result_waits_for_them() -> None:
    story = Case(district=WITHOUT_PRINCIPAL, transferred=True)
    story.report()
    outputs = story.agree()
    concluded = next(one for one in facts(outputs) if isinstance(one, CaseConcluded))
    assert concluded.waits_to_go_up
    assert told(outputs) == [UNIT, OFFICE, PRINCIPAL]
    assert refusal(story.do(SendResultUp, "leader_deputy_1")) is RefusalReason.NOT_ENTITLED
    outputs = story.on("2023-03-03").do(SendResultUp, PRINCIPAL)
    sent = the(outputs, ResultSentUp)
    assert (sent.approved_by, sent.sent_on.isoformat(), sent.concluded_on) == (PRINCIPAL, "2023-03-03", NOW.date())
    assert told(outputs) == ["superior_430400", UNIT, OFFICE]
    assert refusal(story.do(SendResultUp, PRINCIPAL)) is RefusalReason.ALREADY_DECIDED


def test_a_tied_principal_approves_nothing_and_another_of_the_leadership_does() -> None:
    story = Case(district=WITHOUT_PRINCIPAL, excluded=[PRINCIPAL], transferred=True).conclude()
    sent = next(one for one in story.said if isinstance(one, ResultSentUp))
    assert sent.approved_by.startswith("leader_")
    assert sent.approved_by != PRINCIPAL


def test_where_the_whole_leadership_is_tied_the_superior_has_read_it_already() -> None:
    leaders = [leader.code for leader in QUIET.leaders]
    story = Case(excluded=leaders, transferred=True).conclude()
    (sent,) = [one for one in story.said if isinstance(one, ResultSentUp)]
    assert sent.approved_by == sent.superior == "superior_430400"


def test_states_after_a_conclusion_read_back_as_they_were_written() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(ReviewCase)
    story = Case(transferred=True, district=WITHOUT_PRINCIPAL).conclude().replied()
    story.do(RecordView, view="dissatisfied", objection=True, document=DOCUMENT)
    story.do(PlanFollowUp, on="2023-04-01")
    for _ in range(2):
        assert stored.validate_json(stored.dump_json(story.state)) == story.state
        story.do(ReopenCase, ground="returned")
