"""规则34: many confirmed reports on a unit make a recommendation, once; it is issued, answered, checked, or dropped."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from xinfang_contracts.district import Recommendation
from xinfang_contracts.intake import PetitionRegistered, RefusalReason, Reporter
from xinfang_contracts.message import Message
from xinfang_contracts.recommendation import (
    AnswerRecommendation,
    CloseRecommendation,
    DropReason,
    DropRecommendation,
    IssueRecommendation,
    RecommendationAnswered,
    RecommendationClosed,
    RecommendationDropped,
    RecommendationIssued,
    RecommendationKind,
    RecommendationOverdue,
    RecommendationProposed,
)
from xinfang_contracts.review import CaseConcluded, Outcome

from services.intake import state as petitions
from services.intake.beside import erasure, recommendation
from services.intake.beside.facts import ShelveWords, Words, offices_of
from services.intake.beside.recommendation import (
    Confirmed,
    Counted,
    RecommendationDue,
    RecommendationExpires,
    confirming,
)
from services.intake.beside.recommended import Closed, Dropped, Issued
from services.intake.vault import custody
from services.runtime.rules import Refused
from tests.rules.beside import (
    CLOSED,
    DOCUMENT,
    ELSEWHERE_UNIT,
    ISSUED,
    OFFICE,
    ON,
    PROPOSED,
    UNIT,
    VILLAGE,
    after,
    facts,
    item,
    opened,
)
from tests.rules.given import (
    JWE,
    LIUYUAN,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    at,
    case_traits,
    content,
    kept,
    refusal,
    the,
    told,
    traits,
)

LETTER, OFFICES = item("A"), [OFFICE, "office_supervision_1", "office_case"]
TEXT = Words(b"{}", b"salt", DOCUMENT, None, "虚构:请就村级账目公开开展整改")
ISSUE = IssueRecommendation(item=LETTER, kind=RecommendationKind.SUPERVISION, due_on=date(2023, 4, 1), content=JWE)
DROP = DropRecommendation(item=LETTER, reason=DropReason.OTHER_MEASURE)
ANSWER = AnswerRecommendation(item=LETTER, content=JWE)
CLOSE = CloseRecommendation(item=LETTER, rectified=True)
EXPIRES = RecommendationExpires(item=LETTER)
ANSWERED = RecommendationAnswered(item=LETTER, unit=UNIT, kind=RecommendationKind.SUPERVISION, document=DOCUMENT)
DROPPED = RecommendationDropped(item=LETTER, unit=UNIT, reason=DropReason.OTHER_MEASURE)


def number(serial: int) -> str:
    return f"430406-2022-{serial:06d}"


def confirmed(*days: date) -> dict[str, date]:
    return {number(serial): on for serial, on in enumerate(days, 1)}


# -- what counts


def concluded(outcome: Outcome) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=UNIT,
        chain="unit",
        jointly_reviewed=True,
        version=1,
        outcome=outcome,
        concluded_on=ON,
    )


def petition(counts: bool = True, **changes: Any) -> petitions.State:
    state: petitions.State = None
    about = case_traits(counted=counts)
    for fact in (PetitionRegistered(petition=NUMBER, traits=traits()), accepted(about=about, **changes)):
        state = petitions.evolve(state, fact, NOW)
    return state


@pytest.mark.parametrize(
    ("state", "outcome", "is_kept"),
    [
        (petition(accused_unit=UNIT), Outcome.PROVED, True),
        (petition(accused_unit=UNIT), Outcome.PARTLY_PROVED, True),
        (petition(accused_unit=UNIT), Outcome.UNFOUNDED, False),
        (petition(accused_unit=UNIT), Outcome.NOT_PROVABLE, False),
        (petition(False, accused_unit=UNIT), Outcome.PROVED, False),
        (petition(), Outcome.PROVED, False),
        (petitions.Erased(erased_on=ON), Outcome.PROVED, False),
    ],
)
def test_a_conclusion_that_confirms_is_remembered_with_the_accuseds_unit(
    state: petitions.State, outcome: Outcome, is_kept: bool
) -> None:
    rule = confirming(custody.learn)
    outputs = rule(state, concluded(outcome), custody.Facts(YANFENG, "review"), now=NOW)
    assert kept(outputs) == ([Confirmed(NUMBER, UNIT, ON)] if is_kept else [])
    assert len(outputs) == len(kept(outputs))


NEW, EDGE, OLD = date(2023, 2, 1), date(2022, 3, 1), date(2022, 2, 28)


@pytest.mark.parametrize(
    ("days", "count", "since"),
    [
        ((NEW, NEW, NEW), 3, NEW),
        ((EDGE, NEW, NEW, NEW), 4, EDGE),
        ((OLD, EDGE, NEW, NEW), 3, EDGE),
        ((OLD, NEW, NEW), None, None),
        ((NEW, NEW), None, None),
        ((), None, None),
    ],
)
def test_enough_confirmed_within_the_months_propose_a_recommendation(
    days: Sequence[date], count: int | None, since: date | None
) -> None:
    given = facts(number=LETTER, confirmed=confirmed(*days))
    outputs = recommendation.propose(None, RecommendationDue(unit=UNIT), given, now=NOW)
    if count is None:
        assert outputs == []
        return
    fact = the(outputs, RecommendationProposed)
    assert (fact.unit, fact.confirmed, fact.since, fact.basis) == (UNIT, count, since, "规则34")
    assert told(outputs) == OFFICES
    counted = tuple(number(serial) for serial, on in enumerate(days, 1) if on != OLD)
    assert kept(outputs) == [Counted(counted, LETTER)]
    assert not any(one in fact.model_dump_json() for one in counted)


def test_a_district_that_sets_nothing_is_never_proposed_anything() -> None:
    many: Mapping[str, date] = confirmed(*[NEW] * 50)
    assert LIUYUAN.recommendation is None
    assert recommendation.enough(many, LIUYUAN, ON) == {}
    two = YANFENG.model_copy(update={"recommendation": Recommendation(confirmed=2, months=1)})
    assert len(recommendation.enough(many, two, ON)) == 50
    assert recommendation.enough(many, two, ON + timedelta(days=1)) == {}


def test_one_petition_is_no_pattern() -> None:
    with pytest.raises(ValidationError):
        Recommendation(confirmed=1, months=12)


def test_a_unit_without_a_linked_office_is_supervised_by_the_others() -> None:
    units = [one.model_copy(update={"linked_office": None}) for one in YANFENG.units]
    district = YANFENG.model_copy(update={"units": units})
    assert offices_of(UNIT, district) == [OFFICE, "office_case"]


# -- from the proposal to the close


def test_it_is_issued_with_its_words_in_the_vault_and_the_unit_is_told() -> None:
    given = facts("office_supervision_1", words=TEXT)
    outputs = recommendation.issue(after(PROPOSED), ISSUE, given, now=NOW)
    fact = the(outputs, RecommendationIssued)
    assert (fact.unit, fact.kind, fact.due_on, fact.document) == (UNIT, "supervision", date(2023, 4, 1), DOCUMENT)
    assert told(outputs) == [UNIT, OFFICE, "office_case"]
    assert kept(outputs) == [ShelveWords(LETTER, TEXT)]
    state = after(PROPOSED, fact)
    assert isinstance(state, Issued) and state.documents == [DOCUMENT.document]


def test_words_that_reveal_a_reporter_do_not_go_to_the_unit() -> None:
    reported = (
        content(text="虚构:甲"),
        content(text="虚构:乙", reporter=Reporter(name="某喜鹊", contact="139-0000-1234")),
    )
    leaking = Words(b"{}", b"salt", DOCUMENT, None, "虚构:据某喜鹊(13900001234)反映")
    refused = recommendation.issue(after(PROPOSED), ISSUE, facts(words=leaking, reported=reported), now=NOW)
    assert refused == [Refused(RefusalReason.REVEALS_REPORTER, details=("name", "phone"))]
    clean = recommendation.issue(after(PROPOSED), ISSUE, facts(words=TEXT, reported=reported), now=NOW)
    assert isinstance(clean[0], RecommendationIssued)


def test_it_is_dropped_and_the_unit_never_hears_of_it() -> None:
    outputs = recommendation.drop(after(PROPOSED), DROP, facts(), now=NOW)
    assert the(outputs, RecommendationDropped).reason == "other_measure"
    assert told(outputs) == ["office_supervision_1", "office_case"]
    assert isinstance(after(PROPOSED, the(outputs, RecommendationDropped)), Dropped)


def test_the_unit_answers_as_often_as_it_must_and_an_office_closes() -> None:
    outputs = recommendation.answer(after(PROPOSED, ISSUED), ANSWER, facts(UNIT, words=TEXT), now=NOW)
    once = the(outputs, RecommendationAnswered)
    assert (told(outputs), kept(outputs)) == (OFFICES, [ShelveWords(LETTER, TEXT)])
    again = recommendation.answer(after(PROPOSED, ISSUED, once), ANSWER, facts(UNIT, words=TEXT), now=NOW)
    assert the(again, RecommendationAnswered) == once
    closed = recommendation.close(after(PROPOSED, ISSUED, once), CLOSE, facts("office_case"), now=NOW)
    assert (the(closed, RecommendationClosed), told(closed)) == (CLOSED, [UNIT, OFFICE, "office_supervision_1"])
    state = after(PROPOSED, ISSUED, once, CLOSED)
    assert isinstance(state, Closed) and state.rectified and len(state.documents) == 2


def test_what_nobody_answered_for_can_only_be_closed_as_not_rectified() -> None:
    state = after(PROPOSED, ISSUED)
    assert refusal(recommendation.close(state, CLOSE, facts(), now=NOW)) == RefusalReason.TOO_EARLY
    given_up = CLOSE.model_copy(update={"rectified": False})
    assert the(recommendation.close(state, given_up, facts(), now=NOW), RecommendationClosed).rectified is False


LATE = at("2023-04-02 00:00")


def test_no_answer_in_time_is_said_once_to_the_unit_and_the_offices() -> None:
    state = after(PROPOSED, ISSUED)
    assert recommendation.expire(state, EXPIRES, facts("door"), now=LATE - timedelta(seconds=1)) == []
    outputs = recommendation.expire(state, EXPIRES, facts("door"), now=LATE)
    fact = the(outputs, RecommendationOverdue)
    assert told(outputs) == [UNIT, *OFFICES]
    for done in (fact, ANSWERED, CLOSED):
        assert recommendation.expire(after(PROPOSED, ISSUED, done), EXPIRES, facts("door"), now=LATE) == []


RULES: dict[type[Message], Any] = {
    IssueRecommendation: recommendation.issue,
    DropRecommendation: recommendation.drop,
    AnswerRecommendation: recommendation.answer,
    CloseRecommendation: recommendation.close,
}
LATER, MOOT = (PROPOSED, ISSUED), (PROPOSED, DROPPED)
NOT_ENTITLED, ALREADY = RefusalReason.NOT_ENTITLED, RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize(
    ("history", "message", "actor", "reason"),
    [
        ((PROPOSED,), ISSUE, "office_supervision_2", NOT_ENTITLED),
        ((PROPOSED,), ISSUE, "office_trial", NOT_ENTITLED),
        (LATER, ISSUE, OFFICE, ALREADY),
        (MOOT, ISSUE, OFFICE, ALREADY),
        ((PROPOSED,), ISSUE.model_copy(update={"due_on": ON}), OFFICE, RefusalReason.WRONG_DATE),
        ((opened(),), ISSUE, OFFICE, RefusalReason.UNKNOWN_ITEM),
        ((), ISSUE, OFFICE, RefusalReason.UNKNOWN_ITEM),
        ((PROPOSED,), DROP, "office_trial", NOT_ENTITLED),
        (LATER, DROP, OFFICE, ALREADY),
        ((PROPOSED,), ANSWER, UNIT, NOT_ENTITLED),
        (LATER, ANSWER, ELSEWHERE_UNIT, NOT_ENTITLED),
        (MOOT, ANSWER, ELSEWHERE_UNIT, NOT_ENTITLED),
        ((*LATER, CLOSED), ANSWER, UNIT, ALREADY),
        ((opened(),), ANSWER, UNIT, NOT_ENTITLED),
        ((PROPOSED,), CLOSE, OFFICE, RefusalReason.TOO_EARLY),
        (LATER, CLOSE, "office_supervision_2", NOT_ENTITLED),
        ((*LATER, CLOSED), CLOSE, OFFICE, ALREADY),
        (MOOT, CLOSE, OFFICE, ALREADY),
    ],
)
def test_what_is_not_ones_own_or_not_next_is_refused(
    history: Sequence[Message], message: Message, actor: str, reason: RefusalReason
) -> None:
    rule = RULES[type(message)]
    assert refusal(rule(after(*history), message, facts(actor, words=TEXT), now=NOW)) == reason


def test_a_recommendation_names_no_village() -> None:
    placed = Words(b"{}", b"salt", DOCUMENT, VILLAGE, "虚构:整改")
    outputs = recommendation.issue(after(PROPOSED), ISSUE, facts(words=placed), now=NOW)
    assert refusal(outputs) == RefusalReason.UNKNOWN_PLACE


# -- reading


@pytest.mark.parametrize(
    ("history", "unit_reads"),
    [((PROPOSED,), False), (MOOT, False), (LATER, True), ((*LATER, ANSWERED, CLOSED), True)],
)
def test_the_unit_reads_what_was_issued_to_it_and_no_other_unit_does(
    history: Sequence[Message], unit_reads: bool
) -> None:
    state = after(*history)
    assert erasure.may_read(state, UNIT, YANFENG) is unit_reads
    assert erasure.may_read(state, "office_supervision_1", YANFENG) is unit_reads
    assert erasure.may_read(state, OFFICE, YANFENG)
    for stranger in (ELSEWHERE_UNIT, "office_supervision_2", "office_trial", "leader_principal"):
        assert not erasure.may_read(state, stranger, YANFENG)
