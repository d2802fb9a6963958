"""Notices to reporters, given-when-then: who is owed one, by when, how it goes out, and how it is proven."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.intake import (
    Acceptance,
    PetitionAccepted,
    PetitionContent,
    RefusalReason,
    Reporter,
    ScreenPetition,
)
from xinfang_contracts.message import Category, DocumentRef, Message, Rank
from xinfang_contracts.notices import (
    NoticeDelivered,
    NoticeDue,
    NoticeFailed,
    NoticeKind,
    NoticeOverdue,
    NoticePrepared,
    NoticeSent,
    RecordDelivery,
    SendNotice,
)
from xinfang_contracts.review import CaseConcluded, Outcome

from services.intake import decide
from services.intake.handlers import on_case_concluded, on_screen_petition
from services.intake.notices.adapters.pdf import printable
from services.intake.notices.adapters.templates import FOLDER
from services.intake.notices.evolving import evolve
from services.intake.notices.outcomes import end_mail, expire, record
from services.intake.notices.rules import Facts, MailEnded, NoticeClockEnds, Post, Unpost, send
from services.intake.notices.wording import NAMES, Wording, Written
from services.intake.state import Erased, Registered, Screened, Sealed, State, notice_due_at
from services.intake.vault.custody import Shelve
from services.runtime.errors import NotYet
from services.runtime.rules import Output, Refused
from tests.rules.given import (
    CANARY,
    ELSEWHERE,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    at,
    case_traits,
    facts,
    kept,
    refusal,
    the,
    told,
    traits,
)

OFFICE = "office_petition"
WORDING = Wording({name: (FOLDER / name).read_text("utf-8") for name in NAMES})
ADDRESS = "衡阳市虚构路一百号某小区三栋"
PHONE = "139-0000-1234"
MAIL = "canary@mail.example"
SLIP = DocumentRef(document="0" * 8 + "-0000-5000-8000-" + "0" * 12, digest="5f" * 32)
DAY = timedelta(days=1)


def petition(contact: str | None, name: str | None = "某戊己") -> PetitionContent:
    return PetitionContent(
        text=f"虚构:{CANARY}村的鱼塘承包款三年没有公布", reporter=Reporter(name=name, contact=contact), accused=[]
    )


def given(contact: str | None = f"{ADDRESS} 电话{PHONE}", **changes: Any) -> Facts:
    known: dict[str, Any] = {
        "district": YANFENG,
        "actor": OFFICE,
        "content": petition(contact),
        "document": SLIP.document,
        "salt": b"salt",
        "wording": WORDING,
        "has_mail": True,
        "printable": printable(),
        "is_proof_kept": True,
    }
    return Facts(**known | changes)


def screened(decision: Acceptance, received_on: date = date(2023, 2, 27), district: District = YANFENG) -> list[Output]:
    step = on_screen_petition(ScreenPetition(petition=NUMBER, decision=decision))
    state = Registered(traits=traits(received_on=received_on))
    return list(
        step.rule(
            state, ScreenPetition(petition=NUMBER, decision=decision), decide.Facts(district, OFFICE, ""), now=NOW
        )
    )


def acceptance(**changes: Any) -> Acceptance:
    known: dict[str, Any] = {"category": Category.INTEGRITY, "rank": Rank.VILLAGE_OR_OTHER, "real_name": True}
    return Acceptance(**known | changes)


def after(state: State, *said: Message, now: datetime = NOW) -> Screened:
    for fact in said:
        state = evolve(state, fact, now)
    assert isinstance(state, Screened)
    return state


def concluded(**changes: Any) -> CaseConcluded:
    known: dict[str, Any] = {
        "petition": NUMBER,
        "traits": case_traits(),
        "unit": "unit_430406001",
        "chain": "joint",
        "jointly_reviewed": True,
        "version": 1,
        "outcome": Outcome.PROVED,
        "concluded_on": date(2023, 9, 27),
    }
    return CaseConcluded(**known | changes)


OWED = after(Registered(traits=traits()), *facts(screened(acceptance())))
ID = "acceptance_1"
LAST_DAY = OWED.notices[ID].last_day


def sent_by(
    way: str | None, contact: str = MAIL, state: State = OWED, now: datetime = NOW, **changes: Any
) -> Sequence[Output]:
    return send(state, SendNotice(petition=NUMBER, notice=ID, way=way), given(contact, **changes), now=now)  # type: ignore[arg-type]


def recorded(
    state: State,
    outcome: str,
    way: str,
    on: date | None = None,
    now: datetime = NOW,
    proof: DocumentRef | None = None,
    **changes: Any,
) -> Sequence[Output]:
    message = RecordDelivery(
        petition=NUMBER,
        notice=ID,
        outcome=outcome,  # type: ignore[arg-type]
        way=way,  # type: ignore[arg-type]
        on=on or date(2023, 3, 1),
        proof=proof,
    )
    return record(state, message, given(**changes), now=now)


MAILED = after(OWED, *facts(sent_by("mail")))
WRITTEN = after(OWED, *facts(sent_by("letter", ADDRESS)))
POSTED = after(WRITTEN, *facts(recorded(WRITTEN, "sent", "letter")))


def ended(state: State, outcome: str, sending: int = 1, now: datetime = NOW) -> Sequence[Output]:
    message = MailEnded(petition=NUMBER, notice=ID, sending=sending, outcome=outcome)  # type: ignore[arg-type]
    return end_mail(state, message, given(), now=now)


# -- who is owed one, and by when


def test_who_gave_a_name_is_owed_a_notice_of_acceptance() -> None:
    outputs = screened(acceptance())
    accepted_, due = facts(outputs)
    assert isinstance(accepted_, PetitionAccepted) and isinstance(due, NoticeDue)
    assert (due.notice, due.kind, due.basis) == (ID, NoticeKind.ACCEPTANCE, "规则26")
    # The office that has decided is answered with the decision.
    assert "office_petition" not in told(outputs)


@pytest.mark.parametrize(
    "changes",
    [{"real_name": False}, {"first_time": False}, {"repeat_of": "430406-2023-000003"}],
    ids=["anonymous", "repeat", "repeat_of"],
)
def test_an_anonymous_reporter_and_a_repeat_get_none_and_are_accepted_all_the_same(changes: dict[str, Any]) -> None:
    accepted_, *more = facts(screened(acceptance(**changes)))
    assert isinstance(accepted_, PetitionAccepted)
    assert not any(isinstance(one, NoticeDue) for one in more)
    assert after(Registered(traits=traits()), accepted_).notices == {}


def test_nobody_is_owed_one_where_the_district_has_no_such_clock_or_the_petition_is_not_accepted() -> None:
    clocks = {name: clock for name, clock in YANFENG.clocks.items() if name != "acceptance_notice"}
    bare = YANFENG.model_copy(update={"clocks": clocks})
    assert len(facts(screened(acceptance(), district=bare))) == 1
    refused = screened(acceptance(responsible_unit="unit_nowhere"))
    assert refusal(refused) is RefusalReason.UNKNOWN_UNIT


@pytest.mark.parametrize(
    ("received", "end"),
    [
        # Spring Festival 2023: off 21 to 27 January, Saturday 28 and Sunday 29 worked.
        (date(2023, 1, 16), "2023-02-10 00:00"),
        (date(2023, 1, 20), "2023-02-16 00:00"),
        # Received on a day off: the first day that counts is the first that is worked.
        (date(2023, 1, 22), "2023-02-16 00:00"),
        (date(2023, 2, 27), "2023-03-21 00:00"),
    ],
)
def test_fifteen_working_days_run_from_receipt_and_end_with_the_last_day(received: date, end: str) -> None:
    _, due = facts(screened(acceptance(), received))
    assert isinstance(due, NoticeDue) and due.due_at == at(end)


def test_a_conclusion_owes_a_named_reporter_the_result_a_repeat_too_and_each_time() -> None:
    step = on_case_concluded(concluded())
    outputs = step.rule(OWED, concluded(), decide.Facts(YANFENG, "review", ""), now=NOW)
    due = the(outputs, NoticeDue)
    assert told(outputs) == [OFFICE, concluded().unit]
    # National Day 2023: off 29 September to 6 October, the 7th and 8th worked.
    assert (due.notice, due.kind, due.due_at) == ("result_1", NoticeKind.RESULT, at("2023-10-25 00:00"))
    again = step.rule(after(OWED, due), concluded(), decide.Facts(YANFENG, "review", ""), now=NOW)
    assert the(again, NoticeDue).notice == "result_2"
    anonymous = concluded(traits=case_traits(real_name=False))
    assert facts(step.rule(OWED, anonymous, decide.Facts(YANFENG, "review", ""), now=NOW)) == []


# -- writing and sending


def test_a_mail_is_written_where_there_is_an_address_and_goes_into_the_outbox() -> None:
    outputs = sent_by(None, f"{PHONE},{MAIL}")
    fact = the(outputs, NoticePrepared)
    shelved, posted = kept(outputs)
    assert isinstance(shelved, Shelve) and posted == Post(NUMBER, ID, 1, SLIP.document)
    assert (fact.way, fact.by, fact.document) == ("mail", OFFICE, shelved.document.ref)
    written = Written.validate_json(shelved.document.plaintext)
    assert written.way == "mail" and written.to == MAIL


@pytest.mark.parametrize(
    ("contact", "changes"),
    [(ADDRESS, {}), (f"{ADDRESS} {MAIL}", {"has_mail": False})],
    ids=["no address for a mail", "no mail server"],
)
def test_otherwise_a_letter_is_written_and_nothing_is_sent(contact: str, changes: dict[str, Any]) -> None:
    outputs = sent_by(None, contact, **changes)
    assert the(outputs, NoticePrepared).way == "letter"
    (shelved,) = kept(outputs)
    written = Written.validate_json(shelved.document.plaintext)
    assert written.way == "letter" and (written.name, written.address) == ("某戊己", ADDRESS)


@pytest.mark.parametrize(
    ("way", "contact", "changes", "reason"),
    [
        ("mail", MAIL, {"has_mail": False}, RefusalReason.NOT_SET_UP),
        ("mail", ADDRESS, {}, RefusalReason.NO_ADDRESS),
        ("letter", MAIL, {}, RefusalReason.NO_ADDRESS),
        (None, PHONE, {}, RefusalReason.NO_ADDRESS),
        ("letter", ADDRESS, {"content": petition(ADDRESS, None)}, RefusalReason.NO_ADDRESS),
        ("letter", ADDRESS, {"content": petition(ADDRESS, "某𬌗")}, RefusalReason.UNPRINTABLE),
        ("letter", ADDRESS, {"content": petition(ADDRESS * 5)}, RefusalReason.UNPRINTABLE),
        ("mail", MAIL, {"actor": "office_trial"}, RefusalReason.NOT_ENTITLED),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_reason(
    way: str | None, contact: str, changes: dict[str, Any], reason: RefusalReason
) -> None:
    assert refusal(sent_by(way, contact, **changes)) is reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (None, RefusalReason.UNKNOWN_PETITION),
        (Registered(traits=traits()), RefusalReason.UNKNOWN_NOTICE),
        (Sealed(reader="superior_430400", received_at=NOW), RefusalReason.UNKNOWN_NOTICE),
        (Erased(erased_on=date(2023, 3, 1)), RefusalReason.ERASED),
        (after(Registered(traits=traits()), accepted()), RefusalReason.UNKNOWN_NOTICE),
        (after(Registered(traits=traits(), tied=[]), accepted(excluded=[OFFICE])), RefusalReason.NOT_ENTITLED),
        (MAILED, RefusalReason.ALREADY_TOLD),
        (POSTED, RefusalReason.ALREADY_TOLD),
    ],
)
def test_a_notice_that_is_not_there_or_was_sent_cannot_be_sent(state: State, reason: RefusalReason) -> None:
    assert refusal(sent_by(None, state=state)) is reason


def test_another_districts_petition_has_no_notice_here() -> None:
    message = SendNotice(petition=ELSEWHERE, notice=ID)
    assert refusal(send(OWED, message, given(MAIL), now=NOW)) is RefusalReason.UNKNOWN_PETITION


def test_a_petition_of_this_very_round_is_read_with_the_next() -> None:
    with pytest.raises(NotYet):
        sent_by(None, content=None)


def test_a_letter_that_waits_to_be_printed_can_be_written_anew() -> None:
    again = after(WRITTEN, *facts(sent_by("letter", ADDRESS, WRITTEN)))
    assert (again.notices[ID].status, again.notices[ID].sendings) == ("prepared", 2)


def test_after_a_mail_has_failed_the_letter_is_next() -> None:
    failed = after(MAILED, *facts(ended(MAILED, "refused")))
    assert the(sent_by(None, f"{ADDRESS} {MAIL}", failed), NoticePrepared).way == "letter"
    assert the(sent_by("mail", MAIL, failed), NoticePrepared).way == "mail"
    assert kept(sent_by("mail", MAIL, failed))[1].sending == 2


@pytest.mark.parametrize("way", ["mail", "letter"])
def test_a_template_that_would_tell_who_reported_or_what_sends_nothing(way: str) -> None:
    templates = dict.fromkeys(NAMES, f"题\n\n如您所说:虚构:{CANARY}村的鱼塘承包款三年没有公布")
    (refused,) = sent_by(way, f"{ADDRESS} {MAIL}", wording=Wording(templates))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.details) == (RefusalReason.REVEALS_REPORTER, ("quotation",))


# -- what became of it


def test_a_mail_that_the_server_has_taken_is_sent() -> None:
    outputs = ended(MAILED, "sent")
    fact = the(outputs, NoticeSent)
    assert (fact.way, fact.sent_on, fact.newly_on_time) == ("mail", date(2023, 3, 1), True)


@pytest.mark.parametrize("outcome", ["refused", "unreachable"])
def test_a_mail_that_is_given_up_is_told_to_the_petition_office(outcome: str) -> None:
    outputs = ended(MAILED, outcome)
    fact = the(outputs, NoticeFailed)
    assert (fact.reason, fact.no_longer_on_time, told(outputs)) == (outcome, False, [OFFICE])
    assert after(MAILED, fact).notices[ID].is_open


@pytest.mark.parametrize(
    ("state", "sending"),
    [
        (None, 1),
        (Erased(erased_on=date(2023, 3, 1)), 1),
        (MAILED, 2),
        (after(MAILED, *facts(ended(MAILED, "sent"))), 1),
    ],
)
def test_the_end_of_a_mail_that_nobody_waits_for_says_nothing(state: State, sending: int) -> None:
    assert ended(state, "sent", sending) == []


def test_a_letter_is_posted_then_proven_and_counts_as_told_in_time_once() -> None:
    posted = the(recorded(WRITTEN, "sent", "letter", LAST_DAY, NOW + 30 * DAY), NoticeSent)
    assert posted.newly_on_time
    state = after(WRITTEN, posted)
    late = recorded(state, "delivered", "letter", LAST_DAY + DAY, NOW + 30 * DAY, SLIP)
    proven = the(late, NoticeDelivered)
    assert (proven.by, proven.proof, proven.newly_on_time) == (OFFICE, SLIP, False)
    assert after(state, proven).notices[ID].on_time


def test_what_was_posted_in_time_does_not_count_again_when_it_arrives() -> None:
    assert not the(recorded(POSTED, "delivered", "letter", proof=SLIP), NoticeDelivered).newly_on_time


def test_the_day_after_the_last_is_too_late() -> None:
    assert not the(recorded(WRITTEN, "sent", "letter", LAST_DAY + DAY, NOW + 30 * DAY), NoticeSent).newly_on_time


def test_told_by_hand_or_by_telephone_needs_no_letter_but_a_proof_that_is_kept() -> None:
    for way in ("in_person", "phone"):
        assert the(recorded(OWED, "delivered", way, proof=SLIP), NoticeDelivered).newly_on_time
        assert refusal(recorded(OWED, "delivered", way)) is RefusalReason.NO_PROOF
        assert refusal(recorded(OWED, "delivered", way, proof=SLIP, is_proof_kept=False)) is RefusalReason.NO_PROOF


def test_who_was_told_by_hand_gets_no_mail_any_more() -> None:
    outputs = recorded(MAILED, "delivered", "in_person", proof=SLIP)
    assert kept(outputs) == [Unpost(NUMBER, ID)]
    assert facts(ended(after(MAILED, *facts(outputs)), "sent")) == []


def test_a_letter_that_comes_back_no_longer_counts_and_another_way_is_open() -> None:
    fact = the(recorded(POSTED, "failed", "letter"), NoticeFailed)
    assert (fact.reason, fact.no_longer_on_time) == ("returned", True)
    state = after(POSTED, fact)
    assert not state.notices[ID].on_time and notice_due_at(state) == OWED.notices[ID].due_at
    assert the(recorded(state, "delivered", "phone", proof=SLIP), NoticeDelivered).newly_on_time


@pytest.mark.parametrize(
    ("state", "outcome", "way", "reason"),
    [
        (OWED, "sent", "letter", RefusalReason.NOT_YOUR_TURN),
        (MAILED, "sent", "mail", RefusalReason.NOT_YOUR_TURN),
        (WRITTEN, "sent", "phone", RefusalReason.NOT_YOUR_TURN),
        (POSTED, "sent", "letter", RefusalReason.NOT_YOUR_TURN),
        (WRITTEN, "delivered", "letter", RefusalReason.NOT_YOUR_TURN),
        (POSTED, "delivered", "mail", RefusalReason.NOT_YOUR_TURN),
        (OWED, "failed", "phone", RefusalReason.NOT_YOUR_TURN),
        (POSTED, "failed", "mail", RefusalReason.NOT_YOUR_TURN),
        (None, "sent", "letter", RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_what_cannot_have_happened_is_refused(state: State, outcome: str, way: str, reason: RefusalReason) -> None:
    assert refusal(recorded(state, outcome, way, proof=SLIP)) is reason


def test_what_is_proven_is_not_proven_again() -> None:
    proven = after(POSTED, *facts(recorded(POSTED, "delivered", "letter", proof=SLIP)))
    assert refusal(recorded(proven, "delivered", "phone", proof=SLIP)) is RefusalReason.ALREADY_TOLD


@pytest.mark.parametrize("on", [date(2023, 2, 28), date(2023, 3, 2)])
def test_a_day_before_screening_or_to_come_is_refused(on: date) -> None:
    assert refusal(recorded(WRITTEN, "sent", "letter", on)) is RefusalReason.WRONG_DATE


# -- overdue


def overdue(state: State, when: datetime) -> Sequence[Output]:
    return expire(state, NoticeClockEnds(petition=NUMBER, due_at=when), given(), now=when)


@pytest.mark.parametrize("state", [OWED, WRITTEN, MAILED], ids=["due", "written", "in the outbox"])
def test_a_notice_that_nobody_has_sent_is_overdue_once_and_the_petition_office_is_told(state: Screened) -> None:
    when = notice_due_at(state)
    assert when == at("2023-03-21 00:00")
    outputs = overdue(state, when)
    fact = the(outputs, NoticeOverdue)
    assert (fact.notice, fact.due_at, told(outputs)) == (ID, when, [OFFICE])
    said = after(state, fact)
    assert notice_due_at(said) is None and overdue(said, when) == []
    # It is still owed.
    assert facts(recorded(said, "delivered", "phone", proof=SLIP))


def test_what_was_sent_in_time_or_is_gone_is_never_overdue() -> None:
    assert notice_due_at(POSTED) is None
    for state in (POSTED, None, Erased(erased_on=date(2023, 3, 1)), Registered(traits=traits())):
        assert overdue(state, at("2023-03-21 00:00")) == []


def test_only_the_notice_whose_day_has_passed_is_overdue() -> None:
    both = after(
        OWED, *facts(on_case_concluded(concluded()).rule(OWED, concluded(), decide.Facts(YANFENG, "", ""), now=NOW))
    )
    assert notice_due_at(both) == at("2023-03-21 00:00")
    assert the(overdue(both, at("2023-03-21 00:00")), NoticeOverdue).notice == ID
    later = after(both, *facts(overdue(both, at("2023-03-21 00:00"))))
    assert notice_due_at(later) == at("2023-10-25 00:00")


# -- nothing told


@pytest.mark.parametrize(
    "outputs",
    [sent_by("mail"), sent_by("letter", ADDRESS), ended(MAILED, "sent"), overdue(OWED, at("2023-03-21 00:00"))],
)
def test_no_fact_holds_a_word_of_a_person(outputs: Sequence[Output]) -> None:
    said = "".join(fact.model_dump_json() for fact in facts(outputs))
    assert not any(word in said for word in (CANARY, "某戊己", MAIL, PHONE, "虚构"))


def test_the_state_is_stored_and_read_back_whole() -> None:
    for state in (OWED, MAILED, POSTED):
        assert Screened.model_validate_json(state.model_dump_json()).notices == state.notices
    assert "notices" not in after(Registered(traits=traits()), accepted()).model_dump()
