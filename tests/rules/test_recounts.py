"""A corrected calendar moves all that is open: with the superior, in letters, and intake's own time limits."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from xinfang_contracts.clocks import ClockRecomputed
from xinfang_contracts.deadlines import DeadlineRecomputed
from xinfang_contracts.handling import ObjectionReason, ObjectToAssignment, SuperiorOverdue
from xinfang_contracts.intake import PetitionReferred, PetitionRegistered, PetitionSealed
from xinfang_contracts.message import Message
from xinfang_contracts.notices import NoticeDue, NoticeKind, NoticeOverdue
from xinfang_contracts.outside import Transfer
from xinfang_contracts.pressing import AnswerSupervisionLetter, IssueSupervisionLetter, LetterGround
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.screening import PetitionTransferredDown, ReferralOverdue, TransferTaken
from xinfang_contracts.sealed import SealedHandedOver, SealedReportedUp

from services.intake import decide
from services.intake.handlers import OWN_HANDLERS
from services.intake.notices.evolving import evolve
from services.intake.recounting import PetitionRecounted
from services.intake.state import State, due_at, notice_due_at
from services.routing.clocks.evolving import CaseRecounted
from services.routing.counted import counted_by
from services.routing.pressing.state import due_at as letter_due_at
from services.routing.state import Open, Parts, SentUp
from services.routing.state import due_at as case_due_at
from services.runtime.calendar import revision
from services.runtime.clock import due_at as ends_at
from services.runtime.clock import start_of
from services.runtime.rules import Output
from tests.rules.clocked import APPROVAL, MANAGERS, PRINCIPAL, UNIT, Case, only, start
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, at, case_traits, facts, told, traits
from tests.rules.test_calendar import CORRECTED, PLAIN, with_calendar

SUPERIOR, OFFICE = "superior_430400", "office_petition"
TODAY = date(2023, 3, 1)


# -- a case ----------------------------------------------------------------------------------------------------------


def case(*doings: Callable[[Case], Any]) -> Case:
    one = Case(with_calendar(PLAIN))
    one("intake.petition_accepted.v1", accepted(), NOW)
    for do in doings:
        do(one)
    return one


def gone_up(one: Case) -> None:
    objection = ObjectToAssignment(petition=NUMBER, reason=ObjectionReason.OTHER, document=APPROVAL)
    while isinstance(one.state, Open):
        one("routing.object_to_assignment.v1", objection, NOW, one.state.unit)


def pressed(one: Case) -> None:
    letter = IssueSupervisionLetter(petition=NUMBER, to="unit_430406002", ground=LetterGround.OTHER, letter=APPROVAL)
    one("routing.issue_supervision_letter.v1", letter, NOW, PRINCIPAL)


def with_hearing(one: Case) -> None:
    one.command(start("hearing"), NOW)


def recounted(one: Case, now: Any = NOW) -> list[Output]:
    one.district = with_calendar(CORRECTED)
    message = CaseRecounted(petition=NUMBER, calendar=revision(CORRECTED))
    return list(one("routing.case_recounted.v1", message, now))


def test_the_superiors_time_to_decide_moves_with_the_calendar_and_it_is_told() -> None:
    one = case(gone_up)
    assert (counted_by(one.state), case_due_at(one.state)) == (revision(PLAIN), at("2023-03-16 00:00"))
    outputs = recounted(one)
    fact = only(outputs, ClockRecomputed)
    assert (fact.superior, fact.unit, fact.letter) == (SUPERIOR, SUPERIOR, None)
    assert (fact.before.due_at, fact.after.due_at) == (at("2023-03-16 00:00"), at("2023-03-17 00:00"))
    assert told(outputs) == [SUPERIOR, MANAGERS]
    assert (counted_by(one.state), case_due_at(one.state)) == (revision(CORRECTED), at("2023-03-17 00:00"))
    one.tick(at("2023-03-16 00:00"))
    assert not any(isinstance(said, SuperiorOverdue) for said in one.said)
    one.tick(at("2023-03-17 00:00"))
    assert only(one.said, SuperiorOverdue).clock.due_at == at("2023-03-17 00:00")


def test_a_superior_that_was_late_is_not_given_time_again() -> None:
    one = case(gone_up)
    one.tick(at("2023-03-16 00:00"))
    assert (counted_by(one.state), facts(recounted(one, at("2023-03-16 08:00")))) == (None, [])


def test_what_stands_still_with_the_superior_is_counted_too_and_comes_back_counted() -> None:
    one = case(with_hearing, gone_up)
    found = [said for said in facts(recounted(one)) if isinstance(said, ClockRecomputed)]
    assert [(said.after.name, said.superior) for said in found] == [("hearing", None), ("superior_decision", SUPERIOR)]
    assert isinstance(one.state, SentUp)
    assert one.state.clocks.others["hearing"].clock.due_at == at("2023-03-17 00:00")


def test_the_time_to_answer_a_letter_moves_and_who_wrote_and_who_answers_are_told() -> None:
    one = case(pressed)
    assert counted_by(one.state) == revision(PLAIN)
    outputs = recounted(one)
    fact = only(outputs, ClockRecomputed)
    assert (fact.letter, fact.superior) == (1, None)
    assert (fact.before.due_at, fact.after.due_at) == (at("2023-03-16 00:00"), at("2023-03-17 00:00"))
    assert told(outputs) == [UNIT, PRINCIPAL, "unit_430406002", MANAGERS]
    assert isinstance(one.state, Parts)
    assert letter_due_at(one.state.pressing) == at("2023-03-17 00:00")
    assert counted_by(one.state) == revision(CORRECTED)


def test_a_letter_that_is_answered_is_open_no_more() -> None:
    one = case(pressed)
    answer = AnswerSupervisionLetter(petition=NUMBER, number=1, document=APPROVAL)
    one("routing.answer_supervision_letter.v1", answer, NOW, "unit_430406002")
    assert (counted_by(one.state), facts(recounted(one))) == (None, [])


def test_a_letter_by_the_new_calendar_does_not_hide_one_by_the_old() -> None:
    one = case(pressed)
    one.district = with_calendar(CORRECTED)
    pressed(one)
    assert counted_by(one.state) not in (None, revision(CORRECTED))
    assert [said.letter for said in facts(recounted(one)) if isinstance(said, ClockRecomputed)] == [1]
    assert (counted_by(one.state), facts(recounted(one))) == (revision(CORRECTED), [])


def test_letters_of_a_concluded_case_are_still_waited_for() -> None:
    one = case(pressed)
    one("review.case_concluded.v1", concluded(), NOW)
    assert [said.letter for said in facts(recounted(one)) if isinstance(said, ClockRecomputed)] == [1]


# -- intake ----------------------------------------------------------------------------------------------------------


def concluded() -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=UNIT,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=TODAY,
    )


def limit(clock: str, begun: date = TODAY, calendar: Any = PLAIN) -> Any:
    return ends_at(start_of(begun), YANFENG.clocks[clock], calendar)


def notice(kind: NoticeKind, clock: str, begun: date) -> NoticeDue:
    given = {"petition": NUMBER, "notice": f"{kind}_1", "kind": kind, "traits": case_traits(), "basis": "规则26"}
    return NoticeDue.model_validate(given | {"due_at": limit(clock, begun)})


DIGEST = "a" * 64
HANDED_DOWN = PetitionRegistered(
    petition=NUMBER,
    traits=traits(transferred=True),
    transfer=Transfer(kind="forwarded", number="1", article="规则16"),
    due_at=limit("lower_transfer"),
)
REFERRED = PetitionReferred(
    petition=NUMBER,
    traits=traits(),
    receiver="court",
    manner="forwarded",
    basis="规则13",
    due_at=limit("referral_follow_up"),
)
DOWN = PetitionTransferredDown(
    petition=NUMBER, traits=traits(), unit=UNIT, basis="规则16", due_at=limit("lower_transfer")
)
PASSED_ON = TransferTaken(
    petition=NUMBER, unit=UNIT, passed_to="unit_430406002", due_at=limit("lower_transfer"), on=TODAY
)
AGAIN = ReferralOverdue(
    petition=NUMBER,
    receiver="court",
    due_at=NOW,
    times=1,
    next_at=limit("referral_follow_up"),
    basis="规则13",
)
SEALED = PetitionSealed(
    petition=NUMBER,
    reader=PRINCIPAL,
    received_at=NOW,
    digest=DIGEST,
    due_at=limit("up_report"),
    hand_over_due_at=limit("up_report"),
)
TAKEN = SealedHandedOver(petition=NUMBER, reader=PRINCIPAL, handed_over_at=NOW)
UP = SealedReportedUp(
    petition=NUMBER, superior=SUPERIOR, reported_at=NOW, digest=DIGEST, hand_over_due_at=limit("up_report")
)
RECEIVED = case_traits().received_on
TO_TELL = notice(NoticeKind.ACCEPTANCE, "acceptance_notice", RECEIVED)
RESULT = notice(NoticeKind.RESULT, "result_feedback", TODAY)
ACCEPTED = accepted()


def petition(*said: Message) -> State:
    """Said a month ago, but for the last of it."""
    state: State = None
    for fact in said[:-1]:
        state = evolve(state, fact, NOW - timedelta(days=28))
    return evolve(state, said[-1], NOW)


def counted_again(state: State) -> list[Output]:
    """What the next tick after a corrected calendar says of it."""
    step = OWN_HANDLERS["intake.petition_recounted.v1"](PetitionRecounted(petition=NUMBER))
    known = decide.Facts(YANFENG.model_copy(update={"calendar": CORRECTED}), "door", "")
    return list(step.rule(state, PetitionRecounted(petition=NUMBER), known, now=NOW))


@pytest.mark.parametrize(
    ("said", "what", "clock", "begun", "hear"),
    [
        ([HANDED_DOWN], "transfer", "lower_transfer", TODAY, [OFFICE]),
        ([REFERRED], "referral", "referral_follow_up", TODAY, [OFFICE, "partner_court"]),
        ([DOWN], "referral", "lower_transfer", TODAY, [OFFICE, UNIT]),
        ([DOWN, PASSED_ON], "referral", "lower_transfer", TODAY, [OFFICE, "unit_430406002"]),
        ([REFERRED, AGAIN], "referral", "referral_follow_up", TODAY, [OFFICE, "partner_court"]),
        ([SEALED, TAKEN], "up_report", "up_report", TODAY, [PRINCIPAL]),
        ([SEALED.model_copy(update={"due_at": None})], "hand_over", "up_report", TODAY, [PRINCIPAL]),
        ([SEALED, UP], "hand_over", "up_report", TODAY, [SUPERIOR]),
        ([ACCEPTED, TO_TELL], "notice", "acceptance_notice", RECEIVED, [OFFICE]),
        ([ACCEPTED, concluded(), RESULT], "notice", "result_feedback", TODAY, [OFFICE]),
    ],
)
def test_a_corrected_calendar_moves_intakes_own_limits_to_where_they_would_have_been(
    said: list[Message], what: str, clock: str, begun: date, hear: list[str]
) -> None:
    state = petition(*said)
    outputs = counted_again(state)
    fact = only(outputs, DeadlineRecomputed)
    assert (fact.what, fact.basis) == (what, YANFENG.clocks[clock].basis)
    assert (fact.before, fact.after) == (limit(clock, begun), limit(clock, begun, CORRECTED))
    assert fact.before != fact.after
    assert told(outputs) == hear
    moved = evolve(state, fact, NOW)
    assert fact.after in (due_at(moved), notice_due_at(moved))
    assert counted_again(moved) == []


@pytest.mark.parametrize(
    "said",
    [
        [PetitionRegistered(petition=NUMBER, traits=traits())],
        [ACCEPTED],
        [SEALED, TAKEN, UP.model_copy(update={"hand_over_due_at": None})],
        [
            ACCEPTED,
            TO_TELL,
            NoticeOverdue(
                petition=NUMBER,
                notice="acceptance_1",
                kind=NoticeKind.ACCEPTANCE,
                traits=case_traits(),
                due_at=TO_TELL.due_at,
            ),
        ],
    ],
)
def test_what_is_not_open_is_not_counted_again(said: list[Message]) -> None:
    assert counted_again(petition(*said)) == []


def test_what_was_counted_before_its_first_day_was_kept_stays_as_it_is() -> None:
    state = petition(HANDED_DOWN)
    assert state is not None
    assert counted_again(state.model_copy(update={"since": None})) == []


def test_whoever_is_tied_is_not_told_of_a_limit_that_moved() -> None:
    state = petition(accepted(excluded=[OFFICE]), TO_TELL)
    outputs = counted_again(state)
    assert [type(one) for one in facts(outputs)] == [DeadlineRecomputed]
    assert told(outputs) == [MANAGERS]
