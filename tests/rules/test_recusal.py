"""To whoever is tied there is no petition: intake answers them as strangers, and tells them nothing of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import PetitionAccepted, RefusalReason, ScreenPetition
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.notices import NoticeDue, NoticeKind, RecordDelivery, SendNotice
from xinfang_contracts.outside import DecideAbove
from xinfang_contracts.pressing import LeaderNamed, LetterGround, SupervisionLetterIssued
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.repeats import ConfirmRepeat, LikelyRepeat, RejectRepeat, RepeatLinked, RepeatProposed
from xinfang_contracts.returning import AskReporter, ReplaceReceipt
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.routing import CaseAssigned
from xinfang_contracts.screening import ApproveReturn, RecordReferralStep, ReturnGround, ReturnToPetitionOffice
from xinfang_contracts.sealed import SealPetition
from xinfang_contracts.statistics import CorrectTraits, TraitChanges
from xinfang_contracts.vault import ApproveErasure, DepositDocument, DocumentKind, ProposeErasure

from services.intake import decide
from services.intake.beside.recommendation import Confirmed
from services.intake.handlers import HANDLERS, OWN_HANDLERS
from services.intake.notices import rules as notices
from services.intake.notices.evolving import evolve
from services.intake.repeats import rules as repeats
from services.intake.returns import returning
from services.intake.state import Registered, Screened, State
from services.intake.vault import custody
from services.intake.vault.readership import may_read, may_read_letter
from services.runtime.rules import Keep, Output, Step
from tests.rules.given import JWE, NOW, NUMBER, YANFENG, accepted, assigned, case_traits, facts, refusal, told, traits

OFFICE, MANAGERS, UNIT, PRINCIPAL = "office_petition", "office_case", "unit_430406001", "leader_principal"
SECOND = "office_petition_2"
TWO = YANFENG.model_copy(
    update={
        "offices": [
            *YANFENG.offices,
            next(one for one in YANFENG.offices if one.code == OFFICE).model_copy(update={"code": SECOND}),
        ]
    }
)
"""雁峰区 with a second petition office."""
OTHER = "430406-2023-000018"
REF = DocumentRef(document="0" * 8 + "-0000-5000-8000-" + "0" * 12, digest="5f" * 32)


def after(*said: Message, state: State = None) -> Any:
    for fact in said:
        state = evolve(state or Registered(traits=traits()), fact, NOW)
    return state


def tied(*actors: str) -> Any:
    return after(accepted(excluded=[*actors]), assigned(excluded=[*actors]))


def met(message: Message, state: State, facts_of: Any) -> Sequence[Output]:
    """A message by its handler."""
    type_ = next(name for name, entry in BY_TYPE.items() if entry.model is type(message))
    step = HANDLERS[type_](message)
    return list(step.rule(state, message, facts_of, now=NOW))


def as_intake(actor: str = OFFICE, earlier: Mapping[str, State] | None = None, district: Any = TWO) -> decide.Facts:
    return decide.Facts(district, actor, "", earlier=earlier or {})


# -- who speaks ------------------------------------------------------------------------------------------------------

DEPOSIT = DepositDocument(petition=NUMBER, kind=DocumentKind.REMARKS, content=JWE)
ACCEPT = {"kind": "accept", "category": "integrity", "rank": "staff", "real_name": False}
SPOKEN: list[tuple[str, Message]] = [
    (OFFICE, ScreenPetition.model_validate({"petition": NUMBER, "decision": ACCEPT})),
    (OFFICE, AskReporter(petition=NUMBER, content=JWE)),
    (OFFICE, ReplaceReceipt(petition=NUMBER)),
    (OFFICE, CorrectTraits(petition=NUMBER, changes=TraitChanges(town="430406002"), reason="entry_error")),
    (OFFICE, SendNotice(petition=NUMBER, notice="acceptance_1")),
    (OFFICE, RecordDelivery(petition=NUMBER, notice="acceptance_1", outcome="sent", way="letter", on=NOW.date())),
    (OFFICE, RecordReferralStep(petition=NUMBER, step="contacted", on=NOW.date())),
    (OFFICE, SealPetition(petition=NUMBER, ground="own_leadership")),
    (OFFICE, ProposeErasure(petition=NUMBER, ground="court_order", basis="保管办法")),
    (OFFICE, ConfirmRepeat(petition=NUMBER, of=OTHER)),
    (OFFICE, RejectRepeat(petition=NUMBER, of=OTHER)),
    (PRINCIPAL, ApproveErasure(petition=NUMBER)),
    (PRINCIPAL, ApproveReturn(petition=NUMBER, approved=True)),
    ("office_supervision_1", ReturnToPetitionOffice(petition=NUMBER, ground=ReturnGround.OTHER)),
    ("unit_430406002", DEPOSIT),
]


def speaking(message: Message, actor: str) -> Any:
    match message:
        case AskReporter() | ReplaceReceipt():
            return returning.Facts(TWO, actor, returning.Brought())
        case SendNotice() | RecordDelivery():
            return notices.Facts(TWO, actor)
        case ProposeErasure() | ApproveErasure() | DepositDocument():
            return custody.Facts(TWO, actor)
        case ConfirmRepeat() | RejectRepeat():
            return repeats.Facts(TWO, actor, earlier={OTHER: after(accepted(OTHER))})
        case _:
            return as_intake(actor)


@pytest.mark.parametrize(("actor", "message"), SPOKEN, ids=lambda one: type(one).__name__)
def test_whatever_the_tied_ask_the_petition_is_not_there(actor: str, message: Message) -> None:
    known = speaking(message, actor)
    there = met(message, tied(actor), known)
    assert refusal(there) is RefusalReason.UNKNOWN_PETITION
    assert there == met(message, after(accepted(excluded=[actor, "leader_assist_2"])), known)
    waiting = Registered(traits=traits(), tied=[actor])
    assert refusal(met(message, waiting, known)) is RefusalReason.UNKNOWN_PETITION


@pytest.mark.parametrize("command", [ConfirmRepeat, RejectRepeat])
def test_who_is_tied_to_what_it_is_said_to_repeat_is_a_stranger_to_that(command: Any) -> None:
    earlier = {OTHER: after(accepted(OTHER, excluded=[OFFICE]))}
    message = command(petition=NUMBER, of=OTHER)
    outputs = met(message, Registered(traits=traits()), repeats.Facts(TWO, OFFICE, earlier=earlier))
    assert refusal(outputs) is RefusalReason.UNKNOWN_PETITION
    assert facts(met(message, Registered(traits=traits()), repeats.Facts(TWO, SECOND, earlier=earlier)))


def test_a_superior_and_who_is_free_are_answered_as_ever() -> None:
    decided = DecideAbove(petition=NUMBER, matter="take_up", approved=True, on=NOW.date())
    outputs = met(decided, tied(OFFICE), as_intake("superior_430400"))
    assert told(outputs) == [SECOND]


# -- who is told -----------------------------------------------------------------------------------------------------


def concluded(acceptance: int | None = None) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=UNIT,
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=date(2023, 5, 1),
        acceptance=acceptance,
    )


def test_of_a_notice_that_is_owed_the_tied_office_hears_nothing_and_the_other_does() -> None:
    outputs = met(concluded(), tied(OFFICE), custody.Facts(TWO, "door"))
    assert [type(one) for one in facts(outputs)] == [NoticeDue]
    assert told(outputs) == [SECOND, UNIT]


def test_where_no_petition_office_is_free_case_management_is_told_unless_it_is_tied_as_well() -> None:
    assert told(met(concluded(), tied(OFFICE, SECOND), custody.Facts(TWO, "door"))) == [MANAGERS, UNIT]
    assert told(met(concluded(), tied(OFFICE, SECOND, MANAGERS), custody.Facts(TWO, "door"))) == [UNIT]


def test_who_is_tied_by_the_very_acceptance_is_not_told_what_follows_from_it() -> None:
    decision = ACCEPT | {"real_name": True, "ties": [{"actor": SECOND, "kind": "interest"}]}
    message = ScreenPetition.model_validate({"petition": NUMBER, "decision": decision})
    outputs = met(message, Registered(traits=traits()), as_intake(OFFICE))
    assert {type(one) for one in facts(outputs)} == {PetitionAccepted, NoticeDue}
    assert SECOND not in told(outputs)
    free = ScreenPetition.model_validate({"petition": NUMBER, "decision": decision | {"ties": []}})
    assert SECOND in told(met(free, Registered(traits=traits()), as_intake(OFFICE)))


def test_a_tie_that_is_declared_later_holds_from_then_on() -> None:
    state = after(TieDeclared(petition=NUMBER, actor=SECOND, assigned=True), state=tied())
    assert told(met(concluded(), state, custody.Facts(TWO, "door"))) == [OFFICE, UNIT]


def sought(*likely: str, earlier: Mapping[str, State]) -> Sequence[Output]:
    message = repeats.SeekRepeats(petition=NUMBER)
    found = tuple(LikelyRepeat(petition=one, score=0.9, reasons=["same_name"]) for one in likely)
    step: Step = OWN_HANDLERS["intake.seek_repeats.v1"](message)
    known = repeats.Facts(TWO, "door", repeats.Sought(None, found), earlier)
    return list(step.rule(Registered(traits=traits()), message, known, now=NOW))


def test_of_what_a_new_one_may_repeat_nobody_is_told_who_is_tied_to_the_earlier() -> None:
    outputs = sought(OTHER, earlier={OTHER: after(accepted(OTHER, excluded=[SECOND]))})
    assert [type(one) for one in facts(outputs)] == [RepeatProposed]
    assert told(outputs) == [OFFICE]


def test_that_a_repeat_is_linked_nobody_is_told_who_is_tied_to_either() -> None:
    earlier = {OTHER: after(accepted(OTHER, excluded=[SECOND]), assigned(number=OTHER, excluded=[SECOND]))}
    message = ConfirmRepeat(petition=NUMBER, of=OTHER)
    outputs = met(message, Registered(traits=traits()), repeats.Facts(TWO, OFFICE, earlier=earlier))
    assert any(isinstance(one, RepeatLinked) for one in facts(outputs))
    assert SECOND not in told(outputs)


def letter_to(to: str) -> SupervisionLetterIssued:
    return SupervisionLetterIssued(
        petition=NUMBER,
        number=1,
        to=to,
        ground=LetterGround.EVASIVE,
        letter=REF,
        by=PRINCIPAL,
        unit=UNIT,
        issued_on=NOW.date(),
        basis="规则22",
    )


LEADER = LeaderNamed(petition=NUMBER, leader=PRINCIPAL, rule="zone_lead", reasons=["repeat"], unit=UNIT)
TIE = TieDeclared(petition=NUMBER, actor="unit_430406002", assigned=True)


# -- of which acceptance ---------------------------------------------------------------------------------------------


def test_a_late_conclusion_of_an_earlier_acceptance_ends_nothing_and_owes_nothing() -> None:
    state = after(accepted(acceptance=2, accused_unit="unit_stationed_1"), assigned(acceptance=2))
    assert isinstance(state, Screened)
    for acceptance in (1, 2, None):
        outputs = met(concluded(acceptance), state, custody.Facts(TWO, "door"))
        ended = after(concluded(acceptance), state=state)
        is_its = acceptance != 1
        assert [type(one) for one in facts(outputs)] == [NoticeDue] * is_its
        assert any(isinstance(one, Keep) and isinstance(one.what, Confirmed) for one in outputs) is is_its
        assert (ended.ended_at is not None) is is_its
    assert all(one.kind is NoticeKind.RESULT for one in facts(outputs) if isinstance(one, NoticeDue))


@pytest.mark.parametrize("heard", [LEADER, assigned(), TIE, letter_to("unit_430406002"), concluded()])
def test_whatever_is_heard_of_a_petition_with_a_known_accused_is_heard(heard: Message) -> None:
    """Of each fact the rules ask no more than it says."""
    state = after(accepted(accused_unit="unit_stationed_1"), assigned())
    known: Any = custody.Facts(TWO, "door")
    if isinstance(heard, CaseAssigned):
        known = repeats.Facts(TWO, "door")
    is_conclusion = isinstance(heard, CaseConcluded)
    assert [type(one) for one in facts(met(heard, state, known))] == [NoticeDue] * is_conclusion


# -- letters ---------------------------------------------------------------------------------------------------------


def test_who_a_letter_is_to_reads_that_one_document_and_nobody_else_newly() -> None:
    letter = letter_to("unit_430406002")
    before, state = tied(), after(letter, state=tied())
    assert met(letter, before, custody.Facts(YANFENG, "door")) == []
    for actor in YANFENG.actors():
        assert may_read(state, actor, YANFENG) is may_read(before, actor, YANFENG)
        assert may_read_letter(state, actor, REF.document) is (actor == "unit_430406002")
        assert not may_read_letter(state, actor, "1" * 8 + REF.document[8:])
    assert not may_read_letter(before, "unit_430406002", REF.document)


def test_an_addressee_who_is_tied_since_reads_it_no_more() -> None:
    state = after(letter_to("unit_430406002"), state=tied())
    assert not may_read_letter(after(TIE, state=state), "unit_430406002", REF.document)
