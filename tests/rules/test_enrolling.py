"""Keys: offered by whoever speaks, enrolled and revoked by the operator; one person's for ever."""

from datetime import timedelta
from typing import Any

import pytest
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.registry import REGISTRY
from xinfang_contracts.signing import EnrolKey, KeyEnrolled, KeyOffered, KeyRevoked, OfferKey, PublicJwk, RevokeKey

from services.review.facts import Facts
from services.review.handlers import HANDLERS
from services.review.signing.enrolling import KeyState, ValidKeys, enrol, evolve, offer, revoke
from tests.pens import pen_of
from tests.rules.given import LIUYUAN, NOW, YANFENG, facts, refusal, the, told

TRIAL, SIGNER, OTHER = "office_trial", "430406.office_trial", "430406.office_petition"
PEN = pen_of(TRIAL)
AT_TRIAL, OPERATOR = Facts(YANFENG, TRIAL), Facts(YANFENG, "operator")


def after(state: KeyState, rule: Any, message: Any, given: Facts = OPERATOR, now: Any = NOW) -> KeyState:
    for fact in facts(rule(state, message, given, now=now)):
        state = evolve(state, fact, now)
    return state


OFFERED = after(None, offer, PEN.offer(), AT_TRIAL)
ENROLLED = after(OFFERED, enrol, EnrolKey(signer=SIGNER, key=PEN.key))
REVOKED = after(ENROLLED, revoke, RevokeKey(signer=SIGNER, key=PEN.key))


def test_the_speaker_is_the_signer_and_the_operator_is_told() -> None:
    outputs = offer(None, PEN.offer(), AT_TRIAL, now=NOW)
    said = the(outputs, KeyOffered)
    assert (said.signer, said.person, said.key) == (SIGNER, PEN.person, PEN.key)
    assert told(outputs) == ["operator"]


def test_an_enrolment_names_whose_key_it_is_and_tells_its_office() -> None:
    outputs = enrol(OFFERED, EnrolKey(signer=SIGNER, key=PEN.key), OPERATOR, now=NOW)
    said = the(outputs, KeyEnrolled)
    assert (said.person, said.sign, said.enrolled_at) == (PEN.person, PEN.offer().sign, NOW)
    assert told(outputs) == [TRIAL]


def test_an_offer_may_be_turned_down_and_is_not_taken_up_again() -> None:
    outputs = revoke(OFFERED, RevokeKey(signer=SIGNER, key=PEN.key), OPERATOR, now=NOW)
    assert the(outputs, KeyRevoked).person == PEN.person
    turned_down = after(OFFERED, revoke, RevokeKey(signer=SIGNER, key=PEN.key))
    answer = enrol(turned_down, EnrolKey(signer=SIGNER, key=PEN.key), OPERATOR, now=NOW)
    assert refusal(answer) is RefusalReason.ALREADY_DECIDED


X = PEN.offer().sign.x
OTHER_SPELLING = X[:-1] + chr(ord(X[-1]) + 1)


@pytest.mark.parametrize(
    "sign",
    [
        {"kty": "OKP", "crv": "X25519", "x": X},
        {"kty": "EC", "crv": "P-256", "x": X, "y": X},
        {"kty": "EC", "crv": "Ed25519", "x": X},
        {"kty": "OKP", "crv": "Ed25519", "x": X, "y": X},
        {"kty": "OKP", "crv": "Ed25519", "x": X[:-1]},
        {"kty": "OKP", "crv": "Ed25519", "x": X + "A"},
        {"kty": "OKP", "crv": "Ed25519", "x": OTHER_SPELLING},
    ],
)
def test_what_is_no_ed25519_key_of_32_bytes_in_its_one_spelling_is_refused(sign: dict[str, str]) -> None:
    message = OfferKey(person="p1", sign=PublicJwk.model_validate(sign))
    assert refusal(offer(None, message, AT_TRIAL, now=NOW)) is RefusalReason.UNUSABLE_KEY


def test_a_key_to_read_by_is_an_x25519_key() -> None:
    message = OfferKey(person="p1", sign=PEN.offer().sign, read=PEN.offer().sign)
    assert refusal(offer(None, message, AT_TRIAL, now=NOW)) is RefusalReason.UNUSABLE_KEY


def test_a_key_is_one_persons_in_whatever_office() -> None:
    elsewhere = Facts(YANFENG, "office_petition")
    twice = after(ENROLLED, offer, PEN.offer(), elsewhere)
    assert twice is not None and set(twice.offered) == {SIGNER, OTHER}
    stolen = PEN.offer().model_copy(update={"person": "p_somebody_else"})
    for given in (AT_TRIAL, elsewhere):
        assert refusal(offer(ENROLLED, stolen, given, now=NOW)) is RefusalReason.KEY_TAKEN


def test_a_key_is_one_districts() -> None:
    there = next(office.code for office in LIUYUAN.offices)
    assert refusal(offer(ENROLLED, PEN.offer(), Facts(LIUYUAN, there), now=NOW)) is RefusalReason.KEY_TAKEN


def test_the_key_to_read_by_is_not_exchanged_under_an_enrolment() -> None:
    other = PEN.offer().model_copy(update={"read": pen_of("somebody").offer().read})
    assert refusal(offer(ENROLLED, other, AT_TRIAL, now=NOW)) is RefusalReason.KEY_TAKEN


@pytest.mark.parametrize("state", [OFFERED, ENROLLED, REVOKED])
def test_what_was_offered_once_is_not_offered_again(state: KeyState) -> None:
    assert refusal(offer(state, PEN.offer(), AT_TRIAL, now=NOW)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("rule", [enrol, revoke])
@pytest.mark.parametrize(
    ("state", "signer", "reason"),
    [
        (None, SIGNER, RefusalReason.UNKNOWN_KEY),
        (OFFERED, OTHER, RefusalReason.UNKNOWN_KEY),
        (OFFERED, "990001.office_trial", RefusalReason.UNKNOWN_ACTOR),
        (OFFERED, "430406.office_of_nobody", RefusalReason.UNKNOWN_ACTOR),
        (REVOKED, SIGNER, RefusalReason.ALREADY_DECIDED),
    ],
)
def test_the_operator_is_refused(rule: Any, state: KeyState, signer: str, reason: RefusalReason) -> None:
    message = (EnrolKey if rule is enrol else RevokeKey)(signer=signer, key=PEN.key)
    assert refusal(rule(state, message, OPERATOR, now=NOW)) is reason


def test_what_is_enrolled_is_not_enrolled_again() -> None:
    answer = enrol(ENROLLED, EnrolKey(signer=SIGNER, key=PEN.key), OPERATOR, now=NOW)
    assert refusal(answer) is RefusalReason.ALREADY_DECIDED


def test_a_key_holds_from_its_enrolment_until_its_revocation() -> None:
    later = NOW + timedelta(hours=1)
    state = after(ENROLLED, revoke, RevokeKey(signer=SIGNER, key=PEN.key), now=later)
    assert state is not None
    moments = [NOW - timedelta(seconds=1), NOW, later - timedelta(seconds=1), later, later + timedelta(days=1)]
    valid = [PEN.key in ValidKeys("430406", {SIGNER: [state]}, at).get(TRIAL, {}) for at in moments]
    assert valid == [False, True, True, False, False]


def test_an_offer_that_is_not_enrolled_signs_nothing() -> None:
    assert OFFERED is not None
    assert ValidKeys("430406", {SIGNER: [OFFERED]}, NOW)[TRIAL] == {}


def test_only_their_own_actors_offer_and_only_the_operator_enrols() -> None:
    actors = {entry.name: entry.actors for entry in REGISTRY if entry.name in ("offer_key", "enrol_key", "revoke_key")}
    assert actors == {
        "offer_key": ("office", "leader", "unit", "superior"),
        "enrol_key": ("operator",),
        "revoke_key": ("operator",),
    }


def test_the_three_commands_meet_the_state_of_one_key() -> None:
    messages = {
        "review.offer_key.v1": PEN.offer(),
        "review.enrol_key.v1": EnrolKey(signer=SIGNER, key=PEN.key),
        "review.revoke_key.v1": RevokeKey(signer=SIGNER, key=PEN.key),
    }
    steps = [HANDLERS[type_](message) for type_, message in messages.items()]
    assert {(step.key, step.of) for step in steps} == {(PEN.key, "key")}
