"""诬告陷害 and 错告: the district proposes, a superior finds; mistaken is never false; nothing is kept on anybody."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from xinfang_contracts.clarification import (
    FalseAccusationJudged,
    FalseAccusationProposed,
    MistakenAccusationRecorded,
    ProposeFalseAccusation,
    RecordMistakenAccusation,
)
from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.registry import REGISTRY, Kind
from xinfang_contracts.review import Outcome

from services.review.clarifying.state import Clarifying
from services.runtime.rules import Refused
from tests.rules.clarified import OFFICE, OTHER, PRINCIPAL, TRIAL, UNIT, Afterwards
from tests.rules.given import NUMBER, YANFENG, facts, refusal, the, told

ABOVE = YANFENG.remit.superior


def proposal() -> ProposeFalseAccusation:
    return ProposeFalseAccusation(petition=NUMBER, document=OTHER)


def mistaken() -> RecordMistakenAccusation:
    return RecordMistakenAccusation(petition=NUMBER, explained=True)


def decided(approved: bool, superior: str = ABOVE, matter: Any = "false_accusation_finding") -> SuperiorDecided:
    return SuperiorDecided(
        petition=NUMBER, superior=superior, matter=matter, approved=approved, on=date(2023, 3, 1), acceptance=1
    )


def accusation(case: Afterwards) -> Any:
    return None if case.state is None or case.state.case.clarifying is None else case.state.case.clarifying.accusation


def heard(case: Afterwards, fact: SuperiorDecided) -> Any:
    return case.hears("intake.superior_decided.v1", fact)


@pytest.mark.parametrize("actor", [UNIT, OFFICE])
def test_the_district_puts_it_to_the_prefecture(actor: str) -> None:
    outputs = Afterwards().say(actor, proposal())
    fact = the(outputs, FalseAccusationProposed)
    assert (fact.by, fact.superior, fact.basis, fact.document) == (actor, ABOVE, "规则39", OTHER)
    assert told(outputs) == [ABOVE, PRINCIPAL]


@pytest.mark.parametrize(("approved", "stands"), [(True, "found"), (False, "not_found")])
def test_the_superior_decides_and_those_concerned_are_told(approved: bool, stands: str) -> None:
    case = Afterwards()
    case.say(UNIT, proposal())
    outputs = heard(case, decided(approved))
    fact = the(outputs, FalseAccusationJudged)
    assert (fact.superior, fact.found, fact.on) == (ABOVE, approved, date(2023, 3, 1))
    assert told(outputs) == [UNIT, OFFICE, PRINCIPAL]
    assert accusation(case) == stands


def test_a_superior_may_find_it_without_being_asked() -> None:
    case = Afterwards()
    assert the(heard(case, decided(True)), FalseAccusationJudged).found is True


def test_what_a_superior_says_again_is_said_once_and_what_it_says_otherwise_stands() -> None:
    case = Afterwards()
    assert facts(heard(case, decided(False)))
    assert heard(case, decided(False)) == []
    assert the(heard(case, decided(True)), FalseAccusationJudged).found is True
    assert accusation(case) == "found"


def test_other_decisions_of_a_superior_are_none_of_it() -> None:
    case = Afterwards()
    assert heard(case, decided(True, matter="take_up")) == []
    assert accusation(case) is None


def test_no_command_of_any_district_actor_finds_it_and_a_superior_below_the_prefecture_cannot_be_named() -> None:
    (finding,) = [entry for entry in REGISTRY if entry.type == "intake.decide_above.v1"]
    assert finding.actors == ("superior",)
    saying = [entry for entry in REGISTRY if entry.kind is Kind.COMMAND and "accusation" in entry.name]
    assert {entry.model for entry in saying} == {ProposeFalseAccusation, RecordMistakenAccusation}
    raw = YANFENG.model_dump(mode="json")
    raw["superiors"][0]["level"] = "county"
    with pytest.raises(ValidationError):
        District.model_validate(raw)


@given(actor=st.sampled_from([*YANFENG.actors(), "superior_elsewhere", ""]), approved=st.booleans())
def test_whoever_is_named_but_is_no_superior_of_the_district_finds_nothing(actor: str, approved: bool) -> None:
    case = Afterwards()
    superiors = {superior.code for superior in YANFENG.superiors}
    fact = decided(approved).model_copy(update={"superior": actor})
    assert bool(facts(heard(case, fact))) is (actor in superiors)
    assert (accusation(case) is not None) is (actor in superiors)


def test_others_of_the_district_do_not_even_propose() -> None:
    case = Afterwards()
    others = [actor for actor in YANFENG.actors() if actor not in (UNIT, OFFICE)]
    assert {refusal(case.say(actor, proposal())) for actor in others} == {RefusalReason.NOT_ENTITLED}
    assert {refusal(case.say(actor, mistaken())) for actor in others} == {RefusalReason.NOT_ENTITLED}
    assert refusal(Afterwards(excluded=[UNIT]).say(UNIT, proposal())) is RefusalReason.UNKNOWN_PETITION


@pytest.mark.parametrize("outcome", [Outcome.PROVED, Outcome.NOT_PROVABLE])
def test_what_was_not_unfounded_was_neither(outcome: Outcome) -> None:
    case = Afterwards(outcome=outcome)
    assert refusal(case.say(UNIT, proposal())) is RefusalReason.NOT_UNFOUNDED
    assert refusal(case.say(UNIT, mistaken())) is RefusalReason.NOT_UNFOUNDED


def test_mistaken_is_recorded_by_the_district_and_is_never_put_up_as_false() -> None:
    case = Afterwards()
    outputs = case.say(OFFICE, mistaken())
    fact = the(outputs, MistakenAccusationRecorded)
    assert (fact.by, fact.explained, fact.basis, told(outputs)) == (OFFICE, True, "规则45", [UNIT])
    assert accusation(case) == "mistaken"
    assert refusal(case.say(UNIT, proposal())) is RefusalReason.ALREADY_DECIDED
    assert refusal(case.say(UNIT, mistaken())) is RefusalReason.ALREADY_DECIDED


def test_what_is_before_the_superior_waits_and_what_it_did_not_find_may_have_been_mistaken() -> None:
    case = Afterwards()
    case.say(UNIT, proposal())
    assert refusal(case.say(UNIT, mistaken())) is RefusalReason.NOT_YOUR_TURN
    assert refusal(case.say(UNIT, proposal())) is RefusalReason.ALREADY_DECIDED
    heard(case, decided(False))
    assert facts(case.say(UNIT, mistaken()))
    found = Afterwards()
    heard(found, decided(True))
    assert refusal(found.say(UNIT, mistaken())) is RefusalReason.ALREADY_DECIDED


DEEDS = st.lists(
    st.tuples(st.sampled_from(["propose", "mistaken", "found", "not found"]), st.sampled_from([UNIT, OFFICE, TRIAL])),
    max_size=8,
)


@given(deeds=DEEDS)
def test_in_any_order_false_is_what_a_superior_has_said_and_nothing_else(deeds: list[tuple[str, str]]) -> None:
    case, above = Afterwards(), None
    for what, actor in deeds:
        match what:
            case "found" | "not found":
                above = what == "found"
                heard(case, decided(above))
            case "propose":
                outputs = case.say(actor, proposal())
                assert actor != TRIAL or isinstance(outputs[0], Refused)
            case _:
                outputs = case.say(actor, mistaken())
                assert actor != TRIAL or isinstance(outputs[0], Refused)
        assert (accusation(case) == "found") is (above is True)


def test_nothing_of_it_is_kept_but_the_word_on_the_case() -> None:
    assert Clarifying.model_fields.keys() == {"items", "texts", "accusation"}
    for model in (FalseAccusationProposed, FalseAccusationJudged, MistakenAccusationRecorded):
        assert not {"reporter", "traits", "person"} & model.model_fields.keys()
