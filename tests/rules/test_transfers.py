"""What a superior hands down: how it is marked, and the clock within which it is to be screened (规则16)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from xinfang_contracts.intake import (
    Accused,
    PetitionAccepted,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
    ScreenPetition,
    SubmitPetition,
)
from xinfang_contracts.outside import Transfer, TransferOverdue

from services.intake.decide import Facts, Opened, screen, submit
from services.intake.outside import TransferDue, expire_transfer
from services.intake.state import Registered, Screened, State, due_at, evolve
from services.runtime.rules import Output
from tests.rules.given import JWE, NOW, NUMBER, YANFENG, at, content, facts, kept, refusal, the, told

SUPERIOR = "superior_430400"
TRANSFER = Transfer(
    kind="assigned", number="HJ-2023/118", due_on=date(2023, 6, 1), report_due_on=date(2023, 6, 8), article="规则20"
)
DUE = at("2023-03-09 00:00")
"""2023-03-01 is a Wednesday: five working days end with Wednesday the 8th."""


def submitted(
    actor: str = SUPERIOR, transfer: Transfer | None = TRANSFER, opened: Opened | None = None
) -> Sequence[Output]:
    message = SubmitPetition(channel="letter", content=JWE, transfer=transfer)
    return submit(None, message, Facts(YANFENG, actor, NUMBER, opened or Opened(content())), now=NOW)


def screened(state: State, **decision: Any) -> Sequence[Output]:
    message = ScreenPetition.model_validate({"petition": NUMBER, "decision": decision})
    return screen(state, message, Facts(YANFENG, "office_petition", ""), now=NOW)


def waiting(transfer: Transfer | None = TRANSFER) -> State:
    return evolve(None, the(submitted(transfer=transfer), PetitionRegistered), NOW)


def expired(state: State, now: datetime) -> Sequence[Output]:
    return expire_transfer(state, TransferDue(petition=NUMBER, due_at=now), Facts(YANFENG, "door", ""), now=now)


ACCEPT = {"kind": "accept", "category": "integrity", "rank": "village_or_other", "real_name": True}
KEEP = {"kind": "keep_on_file", "basis": "规则14"}


def test_how_it_was_handed_down_is_told_when_it_is_registered_and_when_it_is_accepted() -> None:
    registered = the(submitted(), PetitionRegistered)
    assert (registered.transfer, registered.due_at, registered.traits.transferred) == (TRANSFER, DUE, True)
    state = evolve(None, registered, NOW)
    assert isinstance(state, Registered) and state.transfer == TRANSFER
    assert the(screened(state, **ACCEPT), PetitionAccepted).transfer == TRANSFER


@pytest.mark.parametrize("decision", [ACCEPT, KEEP], ids=lambda one: str(one["kind"]))
def test_it_is_remembered_whatever_is_decided(decision: dict[str, Any]) -> None:
    state = evolve(waiting(), facts(screened(waiting(), **decision))[0], NOW)
    assert isinstance(state, Screened) and state.transfer == TRANSFER
    assert due_at(state) is None


@pytest.mark.parametrize("actor", ["office_petition", "door_http"])
def test_only_a_superior_says_that_it_hands_down(actor: str) -> None:
    assert refusal(submitted(actor)) is RefusalReason.NOT_ENTITLED
    assert the(submitted(actor, None), PetitionRegistered).due_at is None


def test_what_a_superior_sends_without_a_word_of_it_has_the_same_clock() -> None:
    assert the(submitted(transfer=None), PetitionRegistered).due_at == DUE


@pytest.mark.parametrize("number", ["", "衡纪信〔2023〕118号", "a b", "x" * 41, "/118"])
def test_a_superiors_number_is_a_code(number: str) -> None:
    with pytest.raises(ValidationError):
        Transfer(kind="forwarded", number=number, article="规则16")


def test_what_is_not_screened_in_time_is_told_once_to_the_petition_office() -> None:
    state = waiting()
    assert due_at(state) == DUE
    assert expired(state, at("2023-03-08 23:59")) == []
    outputs = expired(state, DUE)
    assert the(outputs, TransferOverdue) == TransferOverdue(petition=NUMBER, due_at=DUE)
    assert told(outputs) == ["office_petition"]
    overdue = evolve(state, facts(outputs)[0], DUE)
    assert due_at(overdue) is None
    assert expired(overdue, at("2023-05-01 00:00")) == []
    assert the(screened(overdue, **ACCEPT), PetitionAccepted).transfer == TRANSFER


def test_nothing_runs_for_what_was_screened() -> None:
    state = evolve(waiting(), facts(screened(waiting(), **KEEP))[0], NOW)
    assert expired(state, at("2023-05-01 00:00")) == []


def test_a_transfer_about_the_leadership_is_sealed_and_nothing_of_it_is_kept() -> None:
    about = Opened(content(Accused(name="某甲")), SUPERIOR, JWE)
    outputs = submitted(opened=about)
    assert TRANSFER.number not in repr(the(outputs, PetitionSealed))
    assert kept(outputs) == []
