"""An export proves a clarification's approval: its person's signature, over the assessment that was approved."""

from typing import Any

import pytest
from xinfang_contracts.review import Outcome, SubmitReport
from xinfang_contracts.signing import record_hash

from services.review.audit.findings import Verdict
from services.review.audit.lines import export
from services.review.audit.verifying import verify
from tests.pens import signing_actors
from tests.rules.clarified import OTHER, Afterwards
from tests.rules.exported import REPORT, keys_of, records_of, said, trusted
from tests.rules.given import NUMBER, YANFENG
from tests.rules.stories import IN_ORDER, Story


def cleared(stage: str = "filed", refused: bool = False) -> list[Any]:
    """The records of a case that was concluded as unfounded and cleared up, as the stream has them."""
    told = Story()
    told.hands_in(SubmitReport(petition=NUMBER, version=1, outcome=Outcome.UNFOUNDED, report=REPORT))
    told.agreed_by(*IN_ORDER)
    case = Afterwards()
    case.state = told.state
    case.up_to(stage)
    if refused:
        case.approved(refused="not_needed")
    first = records_of(told)
    return [*first, *(said(fact, len(first) + place) for place, fact in enumerate(case.said, 1))]


def verified(records: list[Any]) -> Verdict:
    actors = signing_actors(YANFENG)
    return verify(export(NUMBER, records, keys_of(actors), []), trusted(*actors), file=YANFENG)


def again(records: list[Any]) -> list[Any]:
    """The chain made anew over what the records say now."""
    previous = None
    for place, one in enumerate(records, 1):
        digest = record_hash(one.type, one.data, place, previous)
        one.data["link"] = {"place": place, "hash": digest} | ({"previous": previous} if previous else {})
        previous = digest
    return records


def codes(verdict: Verdict) -> set[tuple[str, str | None]]:
    return {(one.code, one.type) for one in verdict.faults}


@pytest.mark.parametrize(("stage", "refused", "signatures"), [("filed", False, 7), ("checked", True, 7)])
def test_an_approval_and_a_refusal_are_proven_like_an_opinion(stage: str, refused: bool, signatures: int) -> None:
    verdict = verified(cleared(stage, refused))
    assert (codes(verdict), verdict.signatures) == (set(), signatures)


@pytest.mark.parametrize(
    ("type_", "changes", "code"),
    [
        ("clarification_approved", {"number": 2}, "other_text"),
        ("clarification_approved", {"by": "leader_deputy_1"}, "other_text"),
        ("clarification_approved", {"document": OTHER.model_dump(mode="json")}, "other_text"),
        ("clarification_approved", {"signed": None}, "unsigned"),
    ],
)
def test_what_was_signed_is_what_stands_though_the_chain_was_made_anew(
    type_: str, changes: dict[str, Any], code: str
) -> None:
    records = cleared()
    one = next(one for one in records if one.type == f"review.{type_}.v1")
    one.data.update({name: value for name, value in changes.items() if value is not None})
    for name in [name for name, value in changes.items() if value is None]:
        del one.data[name]
    assert (code, one.type) in codes(verified(again(records)))


def test_an_approval_is_of_the_assessment_that_stands_there() -> None:
    records = cleared()
    one = next(one for one in records if one.type == "review.clarification_assessed.v1")
    one.data["document"] = OTHER.model_dump(mode="json")
    assert ("other_version", "review.clarification_approved.v1") in codes(verified(again(records)))
