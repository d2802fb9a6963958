"""A petition that was accepted and came back: what went out of it, what it is owed, what may no longer be done."""

from typing import Any

from xinfang_contracts.intake import PetitionAccepted, RefusalReason, ScreenPetition
from xinfang_contracts.notices import NoticeDue, NoticeSent
from xinfang_contracts.sealed import SealPetition
from xinfang_contracts.statistics import CorrectTraits, TraitChanges, TraitsCorrected

from services.intake.corrections import correct
from services.intake.decide import Facts
from services.intake.handlers import on_screen_petition
from services.intake.notices.evolving import evolve
from services.intake.sealed.handover import seal_late
from services.intake.state import Registered, Screened, notice_due_at

from .given import NOW, NUMBER, YANFENG, facts, refusal, the, traits
from .screened import returned
from .test_notices import ADDRESS, ID, MAILED, OWED, acceptance, after, ended, sent_by

OFFICE = Facts(district=YANFENG, actor="office_petition", number="")


def back(state: Screened) -> Registered:
    """The same with the petition office again."""
    now = evolve(state, returned(), NOW)
    assert isinstance(now, Registered)
    return now


def test_a_second_acceptance_owes_no_second_notice_and_the_first_is_not_forgotten() -> None:
    again = [one for one in facts(_accepted_again(back(OWED))) if isinstance(one, NoticeDue)]
    assert again == []
    state = after(back(OWED), *facts(_accepted_again(back(OWED))))
    assert notice_due_at(state) == OWED.notices[ID].due_at


def test_what_lies_with_the_petition_office_falls_due_for_nobody() -> None:
    assert notice_due_at(back(OWED)) is None


def test_a_mail_on_its_way_is_still_told_of() -> None:
    assert isinstance(the(list(ended(back(MAILED), "sent")), NoticeSent), NoticeSent)


def test_nothing_new_is_sent_of_what_came_back() -> None:
    assert refusal(list(sent_by("letter", ADDRESS, state=back(OWED)))) is RefusalReason.UNKNOWN_NOTICE


def test_a_second_acceptance_is_the_second_even_of_a_state_that_never_counted() -> None:
    uncounted = OWED.model_copy(update={"accepted": 0})
    (accepted,) = [one for one in facts(_accepted_again(back(uncounted))) if isinstance(one, PetitionAccepted)]
    assert accepted.acceptance == 2


def test_what_was_once_accepted_is_sealed_late_no_more() -> None:
    message = SealPetition(petition=NUMBER, ground="own_leadership")
    assert refusal(list(seal_late(back(OWED), message, OFFICE, now=NOW))) is RefusalReason.ALREADY_DECIDED


def test_who_denied_the_report_is_told_nothing() -> None:
    denied = OWED.model_copy(update={"verified": "denied"})
    assert refusal(list(sent_by("letter", ADDRESS, state=denied))) is RefusalReason.NOT_VERIFIED


def test_a_transfer_down_is_corrected_as_one() -> None:
    down = Screened(
        status="referred", traits=traits(), screened_at=NOW, receiver="unit_430406001", unit="unit_430406001"
    )
    message = CorrectTraits(petition=NUMBER, changes=TraitChanges(counted=False), reason="entry_error")
    assert the(list(correct(down, message, OFFICE, now=NOW)), TraitsCorrected).status == "transferred_down"


def _accepted_again(state: Registered) -> list[Any]:
    message = ScreenPetition(petition=NUMBER, decision=acceptance())
    return list(on_screen_petition(message).rule(state, message, OFFICE, now=NOW))
