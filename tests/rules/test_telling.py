"""What `xinfang case` says: every fact has its sentence, in Chinese, with rule, reasons and article; nobody's words."""

import re
from datetime import UTC, datetime
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from xinfang_contracts.registry import REGISTRY, Entry, Kind

from services.dossier.sentences import SENTENCES
from services.dossier.telling import Fact, Told, is_excluded, tell
from tests.rules.given import NOW, NUMBER, YANFENG, assigned, case_traits

ON_PETITIONS = [
    entry
    for entry in REGISTRY
    if entry.kind is Kind.FACT and entry.model.model_fields.keys() & {"petition", "petitions"}
]
OTHER = "430406-2023-000018"


def fact(type_: str, sequence: int = 1, id_: str = "", **codes: Any) -> Fact:
    return Fact(sequence, id_ or f"id-{sequence}", type_, NOW, {"petition": NUMBER} | codes)


def said(*facts: Fact) -> list[Told]:
    return tell(facts, NUMBER, YANFENG)


def fields_of(model: Any, path: str) -> bool:
    """Whether a template's field is one of the fact's, or of a part of it."""
    first, _, rest = path.partition(".")
    if first not in model.model_fields:
        return False
    return not rest or any(fields_of(part, rest) for part in parts(model.model_fields[first].annotation))


def parts(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for one in get_args(annotation) if get_origin(annotation) for part in parts(one)]


@pytest.mark.parametrize("entry", ON_PETITIONS, ids=lambda entry: entry.type)
def test_every_fact_on_a_petition_has_a_sentence_of_its_own_fields(entry: Entry) -> None:
    assert entry.name in SENTENCES
    for field in re.findall(r"\{([a-z_.]+)\}", SENTENCES[entry.name]):
        assert fields_of(entry.model, field), field


def test_an_assignment_names_unit_zone_mode_and_why() -> None:
    case = assigned(excluded=["unit_stationed_1"]).model_dump(mode="json")
    (told,) = said(fact("routing.case_assigned.v1", **case))
    assert told.sentence == (
        "分给先锋街道纪工委(第一片区),属地或派驻承办,期限2023-06-02 00:00,应回避:驻区政府办纪检监察组"
    )
    assert (told.service, told.rule, told.basis) == ("routing", "town_unit", "规则21")


def test_what_is_empty_falls_away() -> None:
    case = assigned("unit_organ_1", zone=None).model_dump(mode="json", exclude_none=True)
    (told,) = said(fact("routing.case_assigned.v1", **case))
    assert told.sentence.startswith("分给第一纪检监察室,")
    assert "回避" not in told.sentence


def test_a_code_means_what_its_field_says() -> None:
    traits = case_traits(channel="visit").model_dump(mode="json")
    refer = {"receiver": "other_organ", "manner": "told", "basis": "规则13", "decided_by": "rule"}
    referred, declined = said(
        fact("intake.petition_referred.v1", 1, traits=traits, **refer),
        fact("intake.petition_declined.v1", 2, traits=traits, ground="other_organ", basis="规则13"),
    )
    assert referred.sentence == "告知其他主管机关,由规则决定"
    assert declined.sentence == "不予受理:属其他机关"


def test_reasons_stand_beside_the_rule() -> None:
    proposal = {"matter": "remit", "value": "own", "rule": "own_level", "article": "规则11", "reasons": ["official"]}
    traits = case_traits().model_dump(mode="json")
    (told,) = said(fact("intake.petition_registered.v1", traits=traits, proposals=[proposal]))
    assert told.sentence.endswith(";规则建议:管辖=属本级(own_level,规则11;official)")
    (case,) = said(fact("routing.case_sent_up.v1", superior="superior_430400", rule="x", reasons=["a", "b"]))
    assert (case.sentence, case.reasons) == ("报衡阳市纪委监委", ("a", "b"))


def test_steps_stand_in_the_order_of_the_stream_and_what_stands_twice_is_told_once() -> None:
    last, first = fact("review.case_settled.v1", 9), fact("intake.receipt_replaced.v1", 3)
    again = Fact(12, last.id, last.type, last.at, last.codes)
    assert [one.fact for one in said(last, first, again)] == ["receipt_replaced", "case_settled"]


def test_another_petitions_fact_is_told_under_its_number() -> None:
    (told,) = said(fact("intake.repeat_confirmed.v1", petition=OTHER, of=NUMBER, by="office_petition"))
    assert told.sentence == f"{OTHER}:信访室确认重复自{NUMBER}"


def test_times_are_the_districts() -> None:
    at = datetime(2023, 3, 1, 16, 30, tzinfo=UTC)
    (told,) = said(Fact(1, "x", "intake.transfer_overdue.v1", at, {"petition": NUMBER, "due_at": at.isoformat()}))
    assert (f"{told.at:%Y-%m-%d %H:%M}", told.sentence[-16:]) == ("2023-03-02 00:30", "2023-03-02 00:30")


def test_a_fact_that_is_newer_than_this_program_is_told_by_its_codes() -> None:
    (told,) = said(fact("routing.case_praised.v1", unit="unit_430406001", document={"document": "d", "digest": "e"}))
    assert told.sentence == "case_praised:unit=先锋街道纪工委"


@pytest.mark.parametrize(
    ("type_", "codes"),
    [
        ("intake.petition_registered.v1", {"excluded": ["leader_deputy_1"]}),
        ("intake.petition_accepted.v1", {"accused_unit": "leader_deputy_1"}),
        ("routing.tie_declared.v1", {"actor": "leader_deputy_1"}),
    ],
)
def test_who_is_tied_by_any_fact_is_excluded_and_nobody_else(type_: str, codes: dict[str, Any]) -> None:
    facts = [fact("intake.receipt_replaced.v1", 1), fact(type_, 2, **codes)]
    assert is_excluded(facts, "leader_deputy_1")
    assert not is_excluded(facts, "leader_deputy_2")
    assert not is_excluded(facts[:1], "leader_deputy_1")
