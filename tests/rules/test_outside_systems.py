"""Answers to referrals, results from courts and police, superiors' decisions: who may say what of which petition."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionReferred, RefusalReason, ScreenPetition
from xinfang_contracts.message import DocumentRef, Form
from xinfang_contracts.outside import (
    AnswerReferral,
    DecideAbove,
    OutsideResultRecorded,
    RecordOutsideResult,
    ReferralAnswered,
    SuperiorDecided,
)

from services.intake.decide import Facts, screen
from services.intake.outside import answer_referral, decide_above, record_result
from services.intake.state import Registered, Screened, Sealed, State, evolve
from services.runtime.rules import Output
from tests.rules.given import ELSEWHERE, LIUYUAN, NOW, NUMBER, YANFENG, facts, refusal, the, told, traits

COURT, POLICE, BUREAU, SENDER = "partner_court", "partner_police", "partner_petition_bureau", "partner_yidiantong"
SUPERIOR = "superior_430400"
ON = date(2023, 3, 20)
DOCUMENT = DocumentRef(document="6f1f64c2-3c1a-4f0b-9d3e-5a8f0c2b7e11", digest="0" * 64)
WAITING = Registered(traits=traits())
GONE = Sealed(reader=SUPERIOR, received_at=NOW)


def screened(status: Any = "accepted", **more: Any) -> Screened:
    return Screened(status=status, traits=traits(), screened_at=NOW, **more)


TO_COURT = screened("referred", receiver="court")


def given(actor: str, district: District = YANFENG) -> Facts:
    return Facts(district, actor, "")


# -- referrals -------------------------------------------------------------------------------------------------------


def referred(receiver: str, form: Form) -> Sequence[Output]:
    decision = {"kind": "refer", "receiver": receiver, "basis": "规则13(1)"}
    message = ScreenPetition.model_validate({"petition": NUMBER, "decision": decision})
    return screen(Registered(traits=traits(form=form)), message, given("office_petition"), now=NOW)


@pytest.mark.parametrize(
    ("receiver", "form", "who"),
    [("court", Form.LETTER, [COURT]), ("court", Form.VISIT, []), ("labour", Form.LETTER, [])],
)
def test_a_receivers_system_is_told_of_what_is_forwarded_to_it(receiver: str, form: Form, who: list[str]) -> None:
    outputs = referred(receiver, form)
    assert the(outputs, PetitionReferred).receiver == receiver
    assert told(outputs) == who
    state = evolve(WAITING, facts(outputs)[0], NOW)
    assert isinstance(state, Screened) and state.receiver == receiver


def answered(
    outcome: Any = "taken", state: State = TO_COURT, actor: str = COURT, petition: str = NUMBER
) -> Sequence[Output]:
    message = AnswerReferral(petition=petition, outcome=outcome, on=ON, document=DOCUMENT)
    return answer_referral(state, message, given(actor), now=NOW)


def test_the_receiver_answers_and_the_petition_office_is_told() -> None:
    outputs = answered()
    assert the(outputs, ReferralAnswered) == ReferralAnswered(
        petition=NUMBER, partner=COURT, receiver="court", outcome="taken", on=ON, document=DOCUMENT
    )
    assert told(outputs) == ["office_petition"]


@pytest.mark.parametrize("last", ["returned", "answered"])
def test_what_was_taken_is_answered_or_returned_and_then_it_is_over(last: str) -> None:
    taken = evolve(TO_COURT, facts(answered())[0], NOW)
    assert refusal(answered("taken", taken)) is RefusalReason.ALREADY_DECIDED
    over = evolve(taken, the(answered(last, taken), ReferralAnswered), NOW)
    for outcome in ("taken", "returned", "answered"):
        assert refusal(answered(outcome, over)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": SENDER}, RefusalReason.NOT_ENTITLED),
        ({"actor": "office_petition"}, RefusalReason.NOT_ENTITLED),
        ({"actor": BUREAU}, RefusalReason.UNKNOWN_PETITION),
        ({"state": WAITING}, RefusalReason.UNKNOWN_PETITION),
        ({"state": screened()}, RefusalReason.UNKNOWN_PETITION),
        ({"state": GONE}, RefusalReason.UNKNOWN_PETITION),
        ({"state": None}, RefusalReason.UNKNOWN_PETITION),
        ({"petition": ELSEWHERE}, RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_nobody_answers_what_was_not_referred_to_them(changes: dict[str, Any], reason: RefusalReason) -> None:
    assert refusal(answered(**changes)) is reason


# -- results ---------------------------------------------------------------------------------------------------------


def resulted(
    state: State, actor: str = COURT, petition: str = NUMBER, district: District = YANFENG
) -> Sequence[Output]:
    message = RecordOutsideResult(petition=petition, kind="judgment", on=ON, document=DOCUMENT)
    return record_result(state, message, given(actor, district), now=NOW)


@pytest.mark.parametrize(("state", "actor"), [(TO_COURT, COURT), (screened(), COURT), (screened(), POLICE)], ids=str)
def test_a_result_reaches_the_petition_office(state: State, actor: str) -> None:
    outputs = resulted(state, actor)
    assert the(outputs, OutsideResultRecorded) == OutsideResultRecorded(
        petition=NUMBER, partner=actor, kind="judgment", on=ON, document=DOCUMENT
    )
    assert told(outputs) == ["office_petition"]


@pytest.mark.parametrize(
    ("state", "actor", "petition", "reason"),
    [
        (screened(), BUREAU, NUMBER, RefusalReason.NOT_ENTITLED),
        (screened(), SENDER, NUMBER, RefusalReason.NOT_ENTITLED),
        (screened(), "office_petition", NUMBER, RefusalReason.NOT_ENTITLED),
        (TO_COURT, POLICE, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (screened("declined"), COURT, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (WAITING, COURT, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (GONE, COURT, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (None, COURT, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (screened(), COURT, ELSEWHERE, RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_nobody_tells_a_result_of_what_is_not_theirs(
    state: State, actor: str, petition: str, reason: RefusalReason
) -> None:
    assert refusal(resulted(state, actor, petition)) is reason


def test_in_a_district_without_such_systems_nobody_is_one() -> None:
    assert refusal(resulted(screened(), COURT, ELSEWHERE, LIUYUAN)) is RefusalReason.NOT_ENTITLED


# -- superiors -------------------------------------------------------------------------------------------------------


def decided(
    state: State = screened(),  # noqa: B008 - a frozen value
    actor: str = SUPERIOR,
    petition: str = NUMBER,
    **changes: Any,
) -> Sequence[Output]:
    body = {"petition": petition, "matter": "extend", "approved": True, "on": ON} | changes
    return decide_above(state, DecideAbove.model_validate(body), given(actor), now=NOW)


@pytest.mark.parametrize(
    "what",
    [
        {"matter": "false_accusation_finding", "approved": False},
        {"matter": "designate_unit", "unit": "unit_430406002"},
        {"matter": "designate_unit", "approved": False},
        {"matter": "extend"},
        {"matter": "take_up"},
    ],
    ids=str,
)
def test_a_superiors_decision_reaches_the_petition_office(what: dict[str, Any]) -> None:
    outputs = decided(**what)
    fact = the(outputs, SuperiorDecided)
    assert fact.model_dump(exclude_none=True).items() >= ({"superior": SUPERIOR, "on": ON} | what).items()
    assert told(outputs) == ["office_petition"]


@pytest.mark.parametrize("state", [WAITING, screened("declined"), TO_COURT], ids=lambda one: str(one.status))
def test_a_superior_takes_up_whatever_is_here(state: State) -> None:
    assert the(decided(state, matter="take_up"), SuperiorDecided).matter == "take_up"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": "leader_principal"}, RefusalReason.NOT_ENTITLED),
        ({"actor": "superior_990000"}, RefusalReason.NOT_ENTITLED),
        ({"state": None}, RefusalReason.UNKNOWN_PETITION),
        ({"state": GONE, "matter": "take_up"}, RefusalReason.UNKNOWN_PETITION),
        ({"petition": ELSEWHERE}, RefusalReason.UNKNOWN_PETITION),
        ({"state": WAITING}, RefusalReason.NOT_YOUR_TURN),
        ({"state": screened("kept_on_file")}, RefusalReason.ALREADY_DECIDED),
        ({"matter": "designate_unit"}, RefusalReason.UNKNOWN_UNIT),
        ({"matter": "designate_unit", "unit": "unit_willow"}, RefusalReason.UNKNOWN_UNIT),
        ({"matter": "extend", "unit": "unit_430406002"}, RefusalReason.UNKNOWN_UNIT),
    ],
)
def test_what_a_superior_cannot_decide_is_refused(changes: dict[str, Any], reason: RefusalReason) -> None:
    assert refusal(decided(**changes)) is reason


def test_a_tied_unit_is_not_designated() -> None:
    state = screened(excluded=["unit_430406001"], accepted=1)
    message = DecideAbove(petition=NUMBER, matter="designate_unit", approved=True, unit="unit_430406001", on=ON)
    assert refusal(decide_above(state, message, given(SUPERIOR), now=NOW)) is RefusalReason.TIED
    free = message.model_copy(update={"unit": "unit_430406004"})
    assert the(decide_above(state, free, given(SUPERIOR), now=NOW), SuperiorDecided).acceptance == 1


def test_a_decision_on_what_is_no_case_names_no_acceptance() -> None:
    message = DecideAbove(petition=NUMBER, matter="take_up", approved=True, on=ON)
    assert the(decide_above(WAITING, message, given(SUPERIOR), now=NOW), SuperiorDecided).acceptance is None
