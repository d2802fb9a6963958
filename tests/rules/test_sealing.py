"""What happens to a sealed petition: handed in sealed, found later, handed over, reported up, overdue."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from joserfc.jwk import OKPKey
from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionSealed, RefusalReason, SealedFile, SealedPetition
from xinfang_contracts.sealed import (
    ConfirmHandOver,
    ReportUp,
    SealedHandedOver,
    SealedReportedUp,
    SealPetition,
    SubmitSealed,
    UpReportOverdue,
)

from services.intake.decide import Facts
from services.intake.sealed.handover import (
    UpReportDue,
    confirm_hand_over,
    expire_up_report,
    report_up,
    seal_late,
    submit_sealed,
)
from services.intake.sealed.sealing import Gone, Reopened, SealedPart, is_sealed_for
from services.intake.state import Petition, Registered, Screened, Sealed, State, due_at, evolve
from services.runtime import keys
from services.runtime.errors import NotYet
from services.runtime.rules import Output
from tests.rules.given import ELSEWHERE, NOW, NUMBER, YANFENG, at, facts, kept, refusal, sealed, the, told, traits

SUPERIOR, PRINCIPAL, OFFICE, PARTNER = "superior_430400", "leader_principal", "office_petition", "partner_yidiantong"
KIDS = {SUPERIOR: "key-of-superior", "superior_430000": "key-of-province", PRINCIPAL: "key-of-principal"}
WAITING = Registered(traits=traits())


def jwe(reader: str, **header: str) -> str:
    """The text of a JWE whose header names a reader's key; nothing is in it."""
    given = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": KIDS[reader]} | header
    return urlsafe_b64encode(json.dumps(given).encode()).decode().rstrip("=") + "..AA.AA.AA"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


FOR_SUPERIOR, FOR_PRINCIPAL = jwe(SUPERIOR), jwe(PRINCIPAL)
WITH_PRINCIPAL = Sealed(reader=PRINCIPAL, received_at=NOW, digest=digest(FOR_PRINCIPAL), due_at=at("2023-03-09 00:00"))
WITH_SUPERIOR = Sealed(reader=SUPERIOR, received_at=NOW, digest=digest(FOR_SUPERIOR))


def given(actor: str, reopened: Reopened | None = None, district: District = YANFENG) -> Facts:
    return Facts(district, actor, NUMBER, reopened=reopened, kids=KIDS)


def after(state: State, outputs: Sequence[Output], now: datetime = NOW) -> State:
    for fact in facts(outputs):
        state = evolve(state, fact, now)
    return state


# -- handed in sealed ------------------------------------------------------------------------------------------------


def handed_in(actor: str = PARTNER, **changes: Any) -> Sequence[Output]:
    body = {"channel": "yidiantong", "reader": SUPERIOR, "content": FOR_SUPERIOR} | changes
    return submit_sealed(None, SubmitSealed.model_validate(body), given(actor), now=NOW)


@pytest.mark.parametrize(("reader", "due"), [(SUPERIOR, None), (PRINCIPAL, at("2023-03-09 00:00"))])
def test_what_comes_sealed_gets_a_number_and_is_handed_on_unread(reader: str, due: datetime | None) -> None:
    content = jwe(reader)
    outputs = handed_in(reader=reader, content=content, digest=digest(content))
    assert the(outputs, PetitionSealed) == PetitionSealed(
        petition=NUMBER, reader=reader, received_at=NOW, digest=digest(content), due_at=due
    )
    (seal,) = sealed(outputs)
    assert (seal.reader, seal.message.content, seal.message.petition) == (reader, content, NUMBER)
    assert len(outputs) == 2


def test_a_superior_hands_in_sealed_by_a_channel_of_everybodys() -> None:
    assert the(handed_in("superior_430000", channel="letter"), PetitionSealed).reader == SUPERIOR


@pytest.mark.parametrize(
    ("actor", "changes", "reason"),
    [
        (PARTNER, {"channel": "pigeon"}, RefusalReason.UNKNOWN_CHANNEL),
        (PARTNER, {"channel": "sanxiang_e"}, RefusalReason.NOT_ENTITLED),
        (PARTNER, {"channel": "letter"}, RefusalReason.NOT_ENTITLED),
        (SUPERIOR, {}, RefusalReason.NOT_ENTITLED),
        (PARTNER, {"reader": "leader_deputy_1"}, RefusalReason.UNKNOWN_READER),
        (PARTNER, {"reader": "superior_990000"}, RefusalReason.UNKNOWN_READER),
        (PARTNER, {"reader": PRINCIPAL}, RefusalReason.WRONG_KEY),
        (PARTNER, {"content": jwe(SUPERIOR, alg="dir")}, RefusalReason.WRONG_KEY),
        (PARTNER, {"content": jwe(SUPERIOR, enc="A128GCM")}, RefusalReason.WRONG_KEY),
        (PARTNER, {"content": "e30..AA.AA.AA"}, RefusalReason.WRONG_KEY),
        (PARTNER, {"content": "AAAA..AA.AA.AA"}, RefusalReason.WRONG_KEY),
        (PARTNER, {"content": "W10..AA.AA.AA"}, RefusalReason.WRONG_KEY),
        (PARTNER, {"digest": digest("else")}, RefusalReason.WRONG_DIGEST),
    ],
)
def test_what_cannot_reach_its_reader_is_refused(actor: str, changes: dict[str, Any], reason: RefusalReason) -> None:
    assert refusal(handed_in(actor, **changes)) is reason


def test_a_reader_whose_key_has_no_name_is_named_by_its_thumbprint() -> None:
    key = OKPKey.generate_key("X25519", auto_kid=False)
    content = keys.seal(b"{}", key)
    assert is_sealed_for(content, SUPERIOR, {SUPERIOR: key.thumbprint()})
    assert keys.unseal(content, key) == b"{}"


# -- found later -----------------------------------------------------------------------------------------------------


def sealed_late(
    state: State = WAITING,
    actor: str = OFFICE,
    petition: str = NUMBER,
    reopened: Reopened | None = Reopened(SUPERIOR, FOR_SUPERIOR),  # noqa: B008 - a frozen value
) -> Sequence[Output]:
    message = SealPetition(petition=petition, ground="own_leadership")
    return seal_late(state, message, given(actor, reopened), now=NOW)


def screened(status: Any, **more: Any) -> Screened:
    return Screened(status=status, traits=traits(), screened_at=NOW, **more)


@pytest.mark.parametrize(
    "state", [WAITING, screened("referred", receiver="court"), screened("declined"), screened("kept_on_file")]
)
def test_what_is_found_later_goes_to_its_reader_and_is_destroyed_here(state: State) -> None:
    outputs = sealed_late(state)
    assert the(outputs, PetitionSealed).digest == digest(FOR_SUPERIOR)
    assert [(one.reader, one.message.content) for one in sealed(outputs)] == [(SUPERIOR, FOR_SUPERIOR)]
    assert kept(outputs) == [Gone(NUMBER)]
    assert after(state, outputs) == WITH_SUPERIOR


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": "office_trial"}, RefusalReason.NOT_ENTITLED),
        ({"actor": PRINCIPAL}, RefusalReason.NOT_ENTITLED),
        ({"state": None}, RefusalReason.UNKNOWN_PETITION),
        ({"petition": ELSEWHERE}, RefusalReason.UNKNOWN_PETITION),
        ({"state": screened("accepted")}, RefusalReason.ALREADY_DECIDED),
        ({"state": WITH_SUPERIOR}, RefusalReason.ALREADY_DECIDED),
    ],
)
def test_what_is_not_here_to_be_sealed_is_refused(changes: dict[str, Any], reason: RefusalReason) -> None:
    assert refusal(sealed_late(**changes)) is reason


def test_what_is_registered_in_the_same_round_is_sealed_in_a_later_one() -> None:
    with pytest.raises(NotYet):
        sealed_late(reopened=None)


def test_what_was_kept_beside_it_goes_with_it() -> None:
    parts = (SealedPart(0, 0, 2, FOR_SUPERIOR), SealedPart(0, 1, 2, FOR_SUPERIOR))
    outputs = sealed_late(reopened=Reopened(SUPERIOR, FOR_SUPERIOR, parts))
    found = [(one.reader, one.message.part) for one in sealed(outputs) if isinstance(one.message, SealedFile)]
    assert found == [(SUPERIOR, 0), (SUPERIOR, 1)]


# -- handed over -----------------------------------------------------------------------------------------------------


def confirmed(state: State, actor: str, proof: str, petition: str = NUMBER, now: datetime = NOW) -> Sequence[Output]:
    message = ConfirmHandOver(petition=petition, digest=proof)
    return confirm_hand_over(state, message, given(actor), now=now)


@pytest.mark.parametrize(
    ("state", "actor", "content"),
    [(WITH_SUPERIOR, SUPERIOR, FOR_SUPERIOR), (WITH_PRINCIPAL, PRINCIPAL, FOR_PRINCIPAL)],
)
def test_a_reader_that_has_it_says_so_once_and_for_all(state: Sealed, actor: str, content: str) -> None:
    outputs = confirmed(state, actor, digest(content))
    assert the(outputs, SealedHandedOver) == SealedHandedOver(petition=NUMBER, reader=actor, handed_over_at=NOW)
    assert told(outputs) == []
    later = confirmed(after(state, outputs), actor, digest(content), now=at("2023-04-01 08:00"))
    assert the(later, SealedHandedOver).handed_over_at == NOW


@pytest.mark.parametrize(
    ("state", "actor", "petition", "reason"),
    [
        (WITH_SUPERIOR, "leader_deputy_1", NUMBER, RefusalReason.NOT_ENTITLED),
        (WITH_SUPERIOR, PRINCIPAL, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (WITH_SUPERIOR, "superior_430000", NUMBER, RefusalReason.UNKNOWN_PETITION),
        (WITH_PRINCIPAL, SUPERIOR, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (WAITING, PRINCIPAL, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (None, PRINCIPAL, NUMBER, RefusalReason.UNKNOWN_PETITION),
        (WITH_SUPERIOR, SUPERIOR, ELSEWHERE, RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_whoever_is_not_its_reader_is_told_as_if_it_were_not_there(
    state: State, actor: str, petition: str, reason: RefusalReason
) -> None:
    assert refusal(confirmed(state, actor, digest(FOR_SUPERIOR), petition)) is reason


def test_a_reader_that_has_something_else_is_refused() -> None:
    assert refusal(confirmed(WITH_SUPERIOR, SUPERIOR, digest(FOR_PRINCIPAL))) is RefusalReason.WRONG_DIGEST
    before_digests = WITH_SUPERIOR.model_copy(update={"digest": None})
    assert refusal(confirmed(before_digests, SUPERIOR, digest(FOR_SUPERIOR))) is RefusalReason.WRONG_DIGEST


# -- reported up -----------------------------------------------------------------------------------------------------


def reported(
    state: State = WITH_PRINCIPAL, actor: str = PRINCIPAL, content: str = FOR_SUPERIOR, petition: str = NUMBER
) -> Sequence[Output]:
    return report_up(state, ReportUp(petition=petition, content=content), given(actor), now=at("2023-03-03 10:00"))


def test_the_principal_sends_it_on_sealed_for_the_superior_who_confirms_it() -> None:
    outputs = reported()
    fact = the(outputs, SealedReportedUp)
    assert (fact.superior, fact.digest, fact.reported_at) == (SUPERIOR, digest(FOR_SUPERIOR), at("2023-03-03 10:00"))
    (seal,) = sealed(outputs)
    assert isinstance(seal.message, SealedPetition)
    assert (seal.reader, seal.message.content, seal.message.received_at) == (SUPERIOR, FOR_SUPERIOR, NOW)
    state = after(WITH_PRINCIPAL, outputs)
    assert due_at(state) is None
    confirmation = confirmed(state, SUPERIOR, digest(FOR_SUPERIOR))
    state = after(state, confirmation)
    assert isinstance(state, Sealed) and state.up is not None
    assert (state.handed_over_at, state.up.handed_over_at) == (None, NOW)
    stored: TypeAdapter[Any] = TypeAdapter(Petition)
    assert stored.validate_json(stored.dump_json(state)) == state


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": "leader_deputy_1"}, RefusalReason.NOT_ENTITLED),
        ({"actor": SUPERIOR}, RefusalReason.NOT_ENTITLED),
        ({"state": WITH_SUPERIOR}, RefusalReason.UNKNOWN_PETITION),
        ({"state": WAITING}, RefusalReason.UNKNOWN_PETITION),
        ({"state": None}, RefusalReason.UNKNOWN_PETITION),
        ({"petition": ELSEWHERE}, RefusalReason.UNKNOWN_PETITION),
        ({"content": FOR_PRINCIPAL}, RefusalReason.WRONG_KEY),
    ],
)
def test_only_the_principal_reports_up_and_only_what_was_sealed_for_the_principal(
    changes: dict[str, Any], reason: RefusalReason
) -> None:
    assert refusal(reported(**changes)) is reason


def test_what_was_reported_up_is_not_reported_again() -> None:
    assert refusal(reported(after(WITH_PRINCIPAL, reported()))) is RefusalReason.ALREADY_DECIDED


# -- overdue ---------------------------------------------------------------------------------------------------------


def expired(state: State, now: datetime) -> Sequence[Output]:
    return expire_up_report(state, UpReportDue(petition=NUMBER, due_at=now), given("door"), now=now)


def test_what_nobody_reports_up_is_told_once_to_the_principal_and_to_the_superior() -> None:
    """2023-03-01 is a Wednesday: five working days end with Wednesday the 8th."""
    due = due_at(WITH_PRINCIPAL)
    assert due == at("2023-03-09 00:00")
    assert expired(WITH_PRINCIPAL, at("2023-03-08 23:59")) == []
    outputs = expired(WITH_PRINCIPAL, due)
    assert the(outputs, UpReportOverdue) == UpReportOverdue(petition=NUMBER, due_at=due)
    assert told(outputs) == [PRINCIPAL, SUPERIOR]
    overdue = after(WITH_PRINCIPAL, outputs)
    assert due_at(overdue) is None
    assert expired(overdue, at("2023-04-01 00:00")) == []
    assert the(reported(overdue), SealedReportedUp).superior == SUPERIOR


def test_nothing_runs_for_what_was_reported_up_or_went_straight_to_the_superior() -> None:
    for state in (after(WITH_PRINCIPAL, reported()), WITH_SUPERIOR):
        assert due_at(state) is None
        assert expired(state, at("2024-01-01 00:00")) == []
