"""An opinion without its person's own signature over this very version is refused, whatever is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.review import GiveOpinion, OpinionGiven, ReportSubmitted, ReturnReason
from xinfang_contracts.signing import Signature, record_hash, signed_text, thumbprint

from services.review.decide import give_opinion
from services.review.facts import Facts
from services.review.moves import hear_tie
from services.review.signing.algorithms import ALGORITHMS, holds
from services.review.signing.pen import Pen
from services.runtime.rules import Notice, Output
from tests.pens import pen_of, signed, signer, signers_of
from tests.rules.given import LIUYUAN, NOW, YANFENG, facts, refusal, the
from tests.rules.stories import JOINT, TOWN_UNIT, Story

TRIAL, PETITION = "office_trial", "office_petition"
REPORT = DocumentRef(document="6c1f6b52-4b55-4f6e-8a51-3f0a5f0d1c11", digest="4e" * 32)
VECTORS = json.loads((Path(__file__).parent / "signed_vectors.json").read_text())


def reported() -> Story:
    story = Story()
    story.report(report=REPORT)
    return story


def opinion(story: Story, actor: str = TRIAL, **changes: Any) -> GiveOpinion:
    """An actor's agreement, signed, and then changed."""
    given = signed(GiveOpinion(petition=story.number, version=1), actor, story.told())
    assert given.signature is not None
    signature = given.signature.model_copy(update=changes)
    return given.model_copy(update={"signature": signature})


def heard(story: Story, message: GiveOpinion, actor: str = TRIAL, signers: Any = None) -> list[Output]:
    known = signers_of(YANFENG) if signers is None else signers
    return [*give_opinion(story.state, message, Facts(YANFENG, actor, known), now=NOW)]


def test_what_is_signed_is_kept_with_its_text_and_value() -> None:
    story = reported()
    message = opinion(story)
    given = the(heard(story, message), OpinionGiven)
    assert given.signed is not None and message.signature is not None
    assert (given.signed.person, given.signed.value) == (pen_of(TRIAL).person, message.signature.value)
    text = json.loads(given.signed.text)
    assert text["actor"] == "430406.office_trial" and text["data"]["signature"]["over"] == REPORT.digest
    assert text["data"]["signature"]["seen"] in story.state.case.trail.running  # type: ignore[union-attr]
    assert holds(given.signed.alg, pen_of(TRIAL).offer().sign, given.signed.text, given.signed.value)


def test_unsigned_is_refused_where_the_file_demands_it_and_taken_where_it_does_not() -> None:
    unsigned = GiveOpinion(petition=Story().number, version=1)
    assert refusal(heard(reported(), unsigned)) is RefusalReason.NOT_SIGNED
    assert LIUYUAN.review.signatures == "recorded"
    story = Story(LIUYUAN.units[0].code, LIUYUAN)
    story.report()
    actor = story.steps()[0][0]
    message = GiveOpinion(petition=story.number, version=1)
    answer = give_opinion(story.state, message, Facts(LIUYUAN, actor), now=NOW)
    assert the(answer, OpinionGiven).signed is None


def test_a_wrong_signature_is_refused_where_none_is_needed_too() -> None:
    story = Story(LIUYUAN.units[0].code, LIUYUAN)
    story.report()
    actor = story.steps()[0][0]
    message = signed(GiveOpinion(petition=story.number, version=1), actor, {}, LIUYUAN)
    answer = give_opinion(story.state, message, Facts(LIUYUAN, actor, signers_of(LIUYUAN)), now=NOW)
    assert refusal(answer) is RefusalReason.OTHER_VERSION_SIGNED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": pen_of("nobody").key}, RefusalReason.UNKNOWN_KEY),
        ({"person": "p_somebody_else"}, RefusalReason.UNKNOWN_KEY),
        ({"key": pen_of(PETITION).key, "person": pen_of(PETITION).person}, RefusalReason.UNKNOWN_KEY),
        ({"over": None}, RefusalReason.OTHER_VERSION_SIGNED),
        ({"over": "00" * 32}, RefusalReason.OTHER_VERSION_SIGNED),
        ({"seen": None}, RefusalReason.OTHER_VERSION_SIGNED),
        ({"seen": "00" * 32}, RefusalReason.OTHER_VERSION_SIGNED),
        ({"value": "A" * 86}, RefusalReason.WRONG_SIGNATURE),
        ({"value": "A"}, RefusalReason.WRONG_SIGNATURE),
        ({"value": "AAA"}, RefusalReason.WRONG_SIGNATURE),
        ({"alg": "none"}, RefusalReason.WRONG_SIGNATURE),
        ({"alg": "ES256"}, RefusalReason.WRONG_SIGNATURE),
    ],
)
def test_what_is_wrong_with_a_signature_is_refused(changes: dict[str, Any], reason: RefusalReason) -> None:
    story = reported()
    assert refusal(heard(story, opinion(story, **changes))) is reason


@pytest.mark.parametrize(
    "changes", [{"returned": ReturnReason.FACTS_UNCLEAR}, {"remarks": REPORT}], ids=["the other word", "other remarks"]
)
def test_what_was_not_signed_is_not_said(changes: dict[str, Any]) -> None:
    story = reported()
    message = opinion(story).model_copy(update=changes)
    assert refusal(heard(story, message)) is RefusalReason.WRONG_SIGNATURE


def test_a_signature_is_of_its_office() -> None:
    """A key that its person has in two offices does not carry a word from one to the other."""
    story, both = reported(), {office: signer(pen_of(TRIAL)) for office in (TRIAL, PETITION)}
    assert refusal(heard(story, opinion(story), PETITION, both)) is RefusalReason.WRONG_SIGNATURE


def test_a_signature_on_the_version_before_is_refused_on_the_next() -> None:
    story = reported()
    before = story.told()
    story.opinion(PETITION, back=True)
    story.report(2, report=REPORT)
    message = signed(GiveOpinion(petition=story.number, version=2), TRIAL, before)
    assert refusal(heard(story, message)) is RefusalReason.OTHER_VERSION_SIGNED
    assert facts(heard(story, signed(GiveOpinion(petition=story.number, version=2), TRIAL, story.told())))


def test_a_revoked_key_signs_nothing_more() -> None:
    story = reported()
    assert refusal(heard(story, opinion(story), signers={TRIAL: {}})) is RefusalReason.UNKNOWN_KEY


def test_one_person_with_two_offices_has_one_voice() -> None:
    pens = {office: pen_of(office, "p_of_two") for office in (TRIAL, PETITION)}
    known = {office: signer(pen) for office, pen in pens.items()}
    story = reported()
    for office, pen in pens.items():
        message = pen.signed(GiveOpinion(petition=story.number, version=1), "430406", office, story.told())
        outputs = heard(story, message, office, known)
        story._then(outputs)
    assert refusal(outputs) is RefusalReason.SPOKEN_ALREADY


def test_a_member_of_the_handling_unit_does_not_review_it() -> None:
    story = reported()
    known = {TRIAL: signer(pen_of(TRIAL)), TOWN_UNIT: signer(pen_of(TOWN_UNIT, pen_of(TRIAL).person))}
    assert refusal(heard(story, opinion(story), signers=known)) is RefusalReason.SPOKEN_ALREADY


def test_whoever_is_asked_is_told_what_they_sign() -> None:
    """The next step, and a substitute who steps in late: the report's digest, and a record of this version."""
    story = reported()
    story.agreed_by(*JOINT[0][:2])
    notices = [one for one in story.opinion(JOINT[0][2]) if isinstance(one, Notice)]
    (asked,) = [one.fact for one in notices if one.actor == JOINT[1][0]]
    assert isinstance(asked, OpinionGiven) and asked.report == REPORT and asked.link is not None
    assert asked.link.hash in story.state.case.trail.running  # type: ignore[union-attr]
    tie = TieDeclared(petition=story.number, actor=JOINT[1][0], assigned=True)
    told = hear_tie(story.state, tie, Facts(YANFENG, ""), now=NOW)
    (late,) = [one.fact for one in told if isinstance(one, Notice)]
    assert isinstance(late, ReportSubmitted) and late.report == REPORT and late.link is not None
    assert late.link.hash == story.state.case.trail.running[0]  # type: ignore[union-attr]


def test_ed25519_is_all_there_is() -> None:
    assert set(ALGORITHMS) == {"EdDSA"}


# -- other writers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS["signed"], ids=lambda vector: vector["name"])
def test_any_client_that_follows_the_vectors_is_understood(vector: dict[str, Any]) -> None:
    pen = Pen.of(json.dumps(vector["private"]))
    model = BY_TYPE[vector["type"]].model
    message = model.model_validate(vector["data"])
    body = message.model_dump(mode="json", exclude_none=True)
    assert signed_text(vector["district"], vector["actor"], vector["type"], body) == vector["text"]
    signature = Signature.model_validate(vector["data"]["signature"])
    assert (signature.key, signature.value) == (thumbprint(pen.offer().sign), vector["data"]["signature"]["value"])
    assert holds("EdDSA", pen.offer().sign, vector["text"], signature.value)


@pytest.mark.parametrize("vector", VECTORS["hashed"], ids=lambda vector: vector["name"])
def test_any_reader_that_follows_the_vectors_finds_the_same_hash(vector: dict[str, Any]) -> None:
    found = record_hash(vector["type"], vector["data"], vector["place"], vector.get("previous"))
    assert found == vector["hash"] == vector["data"]["link"]["hash"]
