"""What a reporter who comes back may do, and what the organ may ask; given, when, then."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.intake import (
    PetitionDeclined,
    PetitionReferred,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
    SubmitPetition,
)
from xinfang_contracts.message import Message
from xinfang_contracts.returning import (
    AddMaterial,
    AnswerQuestion,
    AskReporter,
    MaterialAdded,
    ReceiptReplaced,
    ReplaceReceipt,
    ReporterAnswered,
    ReporterAsked,
)
from xinfang_contracts.review import CaseConcluded, Outcome

from services.intake import decide
from services.intake.decide import MadeReceipt, Opened
from services.intake.doors.standing import standing_of
from services.intake.queries import Found
from services.intake.returns.returning import Added, Brought, Facts, Text, add_material, answer, ask, evolve, replace
from services.intake.state import Exchange, Question, Registered, Returnable, Screened, Sealed, State
from services.intake.store import STATES
from services.runtime.errors import NotYet
from services.runtime.rules import Output
from tests.rules.given import (
    CANARY,
    ELSEWHERE,
    JWE,
    LIUYUAN,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    case_traits,
    content,
    facts,
    kept,
    refusal,
    sealed,
    the,
    told,
    traits,
)

OFFICE, SUPERIOR = "office_petition", "superior_430400"
QUESTION = "5b0c6f0e-2f4e-5d0a-9c1d-7a3d0f2b6c11"
REGISTERED = Registered(traits=traits())
SEALED = Sealed(reader=SUPERIOR, received_at=NOW)
SCREENED = Screened(status="accepted", traits=traits(), screened_at=NOW)
TEXT = Text(QUESTION, "material", CANARY.encode(), b"s" * 16, "ab" * 32)
ASKED = Exchange(questions={QUESTION: Question(asked_at=NOW)})


def by(actor: str = "door_http", **brought: Any) -> Facts:
    return Facts(YANFENG, actor, Brought(**({"text": TEXT} | brought)))


def material(state: State, facts_: Facts, number: str = NUMBER) -> Sequence[Output]:
    return add_material(state, AddMaterial(petition=number, content=JWE), facts_, now=NOW)


def answered(state: State, number: str = NUMBER) -> Sequence[Output]:
    return answer(state, AnswerQuestion(petition=number, question=QUESTION, content=JWE), by(), now=NOW)


def asked(state: State, actor: str = OFFICE, number: str = NUMBER) -> Sequence[Output]:
    return ask(state, AskReporter(petition=number, content=JWE), by(actor), now=NOW)


def replaced(state: State, actor: str = OFFICE, number: str = NUMBER) -> Sequence[Output]:
    return replace(state, ReplaceReceipt(petition=number), by(actor, receipt=b"new"), now=NOW)


def after(state: State, *said: Message) -> State:
    for one in said:
        state = evolve(state, one, NOW)
    return state


# -- receipts


@pytest.mark.parametrize("reader", [None, SUPERIOR])
def test_every_petition_keeps_the_digest_of_its_receipt_sealed_or_not(reader: str | None) -> None:
    opened = Opened(content(), reader, JWE if reader else None, receipt=b"digest")
    given_ = decide.Facts(YANFENG, "door_http", NUMBER, opened)
    outputs = decide.submit(None, SubmitPetition(channel="web", content=JWE), given_, now=NOW)
    assert MadeReceipt(NUMBER, b"digest", NOW) in kept(outputs)


@pytest.mark.parametrize("reader", [None, SUPERIOR])
def test_who_brings_no_receipt_gets_none(reader: str | None) -> None:
    opened = Opened(content(), reader, JWE if reader else None)
    given_ = decide.Facts(YANFENG, "door_http", NUMBER, opened)
    outputs = decide.submit(None, SubmitPetition(channel="web", content=JWE), given_, now=NOW)
    assert not [one for one in kept(outputs) if isinstance(one, MadeReceipt)]


@pytest.mark.parametrize("state", [REGISTERED, SCREENED, SEALED])
def test_a_clerk_replaces_a_receipt_and_the_office_is_told(state: State) -> None:
    outputs = replaced(state)
    the(outputs, ReceiptReplaced)
    assert kept(outputs) == [MadeReceipt(NUMBER, b"new", NOW, replaces=True)]
    assert told(outputs) == [OFFICE]


def test_nobody_else_replaces_a_receipt() -> None:
    assert refusal(replaced(REGISTERED, "office_trial")) is RefusalReason.NOT_ENTITLED


# -- material


@pytest.mark.parametrize("state", [REGISTERED, SCREENED])
def test_material_goes_into_the_vault_and_the_office_is_told_of_it(state: State) -> None:
    outputs = material(state, by())
    assert the(outputs, MaterialAdded).document == TEXT.ref
    assert kept(outputs) == [Added(NUMBER, TEXT)]
    assert told(outputs) == [OFFICE]
    assert CANARY not in facts(outputs)[0].model_dump_json()


def test_material_for_a_sealed_petition_goes_to_its_reader_and_nobody_is_told() -> None:
    outputs = material(SEALED, by(text=None, reader=SUPERIOR, sealed=JWE))
    assert the(outputs, MaterialAdded).document is None
    (letter,) = sealed(outputs)
    assert (letter.reader, letter.message.petition, letter.message.content) == (SUPERIOR, NUMBER, JWE)
    assert (kept(outputs), told(outputs)) == ([], [])


@pytest.mark.parametrize(
    ("state", "brought"),
    [
        (SEALED, {}),
        (SEALED, {"text": None, "reader": "leader_principal", "sealed": JWE}),
        (REGISTERED, {"text": None, "reader": SUPERIOR, "sealed": JWE}),
    ],
)
def test_what_was_opened_for_another_reader_is_looked_at_again(state: State, brought: dict[str, Any]) -> None:
    with pytest.raises(NotYet):
        material(state, by(**brought))


def test_what_must_be_sealed_is_never_kept_in_readable_form() -> None:
    with pytest.raises(ValueError, match="sealed"):
        material(SEALED, by(reader=SUPERIOR))


# -- questions and answers


def test_the_office_asks_and_the_question_goes_into_the_vault() -> None:
    outputs = asked(REGISTERED)
    assert the(outputs, ReporterAsked).document == TEXT.ref
    assert kept(outputs) == [Added(NUMBER, TEXT)]
    assert CANARY not in facts(outputs)[0].model_dump_json()


@pytest.mark.parametrize("actor", ["office_trial", "unit_430406001", "leader_principal", "door_http"])
def test_nobody_else_asks(actor: str) -> None:
    assert refusal(asked(REGISTERED, actor)) is RefusalReason.NOT_ENTITLED


def test_the_reporter_of_a_sealed_petition_is_not_asked_from_here() -> None:
    assert refusal(asked(SEALED)) is RefusalReason.NOT_ENTITLED


def test_an_answer_closes_its_question() -> None:
    state = after(REGISTERED, *facts(asked(REGISTERED)))
    outputs = answered(state)
    fact = the(outputs, ReporterAnswered)
    assert (fact.question, fact.document) == (QUESTION, TEXT.ref)
    assert (kept(outputs), told(outputs)) == ([Added(NUMBER, TEXT)], [OFFICE])
    assert refusal(answered(after(state, fact))) is RefusalReason.ALREADY_ANSWERED


@pytest.mark.parametrize("state", [REGISTERED, SCREENED, SEALED])
def test_what_nobody_asked_cannot_be_answered(state: State) -> None:
    assert refusal(answered(state)) is RefusalReason.UNKNOWN_QUESTION


@pytest.mark.parametrize("rule", [asked, answered, replaced, lambda state, number: material(state, by(), number)])
@pytest.mark.parametrize(("state", "number"), [(None, NUMBER), (REGISTERED, ELSEWHERE)])
def test_a_petition_that_is_not_here_is_unknown(rule: Any, state: State, number: str) -> None:
    assert refusal(rule(state, number=number)) is RefusalReason.UNKNOWN_PETITION


# -- the state


def test_screening_forgets_no_question_and_no_material() -> None:
    state = after(REGISTERED, MaterialAdded(petition=NUMBER), *facts(asked(REGISTERED)), accepted())
    assert isinstance(state, Screened)
    assert state.exchange == Exchange(questions=ASKED.questions, materials=1)


@given(st.lists(st.sampled_from(["material", "ask", "accept", "conclude"]), max_size=12))
def test_in_any_order_every_material_is_counted(steps: list[str]) -> None:
    said = {
        "material": MaterialAdded(petition=NUMBER),
        "ask": ReporterAsked(petition=NUMBER, document=TEXT.ref),
        "accept": accepted(),
        "conclude": concluded(),
    }
    state = after(REGISTERED, *(said[step] for step in steps))
    assert isinstance(state, Returnable)
    exchange = state.exchange or Exchange()
    assert exchange.materials == steps.count("material")
    assert set(exchange.questions) == ({QUESTION} if "ask" in steps else set())


def test_without_an_exchange_a_stored_state_is_what_it_was_before() -> None:
    for state in (REGISTERED, SCREENED, SEALED):
        stored = STATES.adapter.dump_python(state, mode="json")
        assert "exchange" not in stored
        assert STATES.adapter.validate_python(stored) == state


def concluded() -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit="unit_430406001",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=date(2023, 5, 4),
    )


def test_a_conclusion_is_noted() -> None:
    state = after(SCREENED, concluded())
    assert isinstance(state, Screened)
    assert state.concluded_on == date(2023, 5, 4)
    assert after(None, concluded()) is None


# -- what the reporter is told


def words(state: State) -> tuple[str, str, str]:
    assert isinstance(state, Registered | Screened | Sealed)
    standing = standing_of(Found(NUMBER, state, ()), YANFENG)
    return standing.status, str(standing.text), str(standing.next_step)


def test_registered_and_sealed_are_told_in_the_same_words() -> None:
    registered = after(None, PetitionRegistered(petition=NUMBER, traits=traits()))
    sealed_ = after(None, PetitionSealed(petition=NUMBER, reader=SUPERIOR, received_at=NOW))
    assert words(registered) == words(sealed_)


def test_each_outcome_has_words_of_its_own_in_both_languages() -> None:
    declined: list[State] = [
        after(REGISTERED, PetitionDeclined(petition=NUMBER, traits=traits(), ground=ground, basis="规则13"))
        for ground in ("litigation", "other_organ", "no_substance")
    ]
    states = [REGISTERED, SCREENED, after(SCREENED, concluded()), *declined]
    found = [words(state) for state in states]
    assert len({text for _, text, _ in found}) == len(states)
    assert all(" / " in text and " / " in after_ for _, text, after_ in found)


def test_to_whom_it_was_referred_is_told_by_name() -> None:
    fact = PetitionReferred(petition=NUMBER, traits=traits(), receiver="court", manner="told", basis="规则13")
    assert "法院" in words(after(REGISTERED, fact))[1]


@pytest.mark.parametrize("status", ["referred", "declined", "kept_on_file"])
def test_what_was_decided_before_there_were_returns_is_told_all_the_same(status: Any) -> None:
    old = Screened(status=status, traits=traits(), screened_at=NOW)
    assert words(old)[0] == status
    assert standing_of(Found(NUMBER, old, ()), LIUYUAN).since == NOW.date()
