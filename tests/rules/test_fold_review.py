"""Clarifications and marks in figures: what each adds, to which month, in which scopes; and as if always so."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.clarification import ClarificationFiled, ClarificationOverdue, ClarificationWay, Cleared
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import Category, Message, Rank
from xinfang_contracts.quality import QualityDecided, QualityReviewed
from xinfang_contracts.registry import BY_TYPE, Kind
from xinfang_contracts.review import Outcome, ReturnReason
from xinfang_contracts.statistics import ConclusionCorrected, CountedClarification, CountedFile

from services.metrics.fold import fold as fold_petitions
from services.metrics.fold_review import fold
from services.metrics.handlers import REVIEW
from services.review.facts import Facts
from services.review.quarters import correct
from tests.rules import corrections
from tests.rules.clarified import UNIT, Afterwards, concluded
from tests.rules.given import NOW, NUMBER, YANFENG, case_traits, facts, kept, running

MAR, JUN, JUL = date(2023, 3, 1), date(2023, 6, 1), date(2023, 7, 1)
HANDLED = {
    "district",
    f"unit:{UNIT}",
    "zone:zone_1",
    "category:integrity",
    "rank:village_or_other",
    "form:letter",
    "town:430406001",
}
OF_A_PERSON = HANDLED | {"cleared:person"}


def filed(about: CaseTraits | None = None, on: date = date(2023, 7, 12)) -> ClarificationFiled:
    return ClarificationFiled(
        petition=NUMBER,
        number=1,
        traits=about or case_traits(),
        unit=UNIT,
        zone="zone_1",
        cleared=Cleared.PERSON,
        by=UNIT,
        made_on=on,
        ways=[ClarificationWay.WRITING, ClarificationWay.MEETING],
        filed_on=date(2023, 8, 2),
    )


def overdue(about: CaseTraits | None = None) -> ClarificationOverdue:
    return ClarificationOverdue(
        petition=NUMBER,
        number=2,
        traits=about or case_traits(),
        unit=UNIT,
        zone="zone_1",
        cleared=Cleared.ORGANISATION,
        clock=running("clarification", NOW),
    )


def reviewed(about: CaseTraits | None = None, excellent: bool = True) -> QualityReviewed:
    return QualityReviewed(
        petition=NUMBER,
        period="2023-Q2",
        traits=about or case_traits(),
        unit=UNIT,
        zone="zone_1",
        concluded_on=date(2023, 6, 20),
        by="office_case",
        score=95 if excellent else 60,
        excellent=excellent,
    )


def decided(before: bool, after: bool) -> QualityDecided:
    return QualityDecided(
        **reviewed(excellent=before).model_dump(exclude={"score", "excellent"}),
        score_before=95 if before else 60,
        score=95 if after else 60,
        excellent_before=before,
        excellent=after,
        decided_on=date(2023, 9, 4),
    )


FACTS: tuple[Message, ...] = (filed(), overdue(), reviewed(), decided(False, True))


def sums(*said: Message) -> Counter[tuple[str, date, str]]:
    """What facts add up to; cells that come out even are none."""
    found: Counter[tuple[str, date, str]] = Counter()
    for fact in said:
        rule = fold if type(fact) in {BY_TYPE[name].model for name in REVIEW} else fold_petitions
        for counts in kept(rule(None, fact, YANFENG, now=NOW)):
            for count in counts:
                found[count.counter, count.month, count.scope] += count.amount
    return Counter({place: amount for place, amount in found.items() if amount})


def added(fact: Message) -> dict[tuple[str, date], set[str]]:
    """(counter, month) -> scopes, each by one."""
    found: dict[tuple[str, date], set[str]] = {}
    for (counter, month, scope), amount in sums(fact).items():
        assert amount == 1
        found.setdefault((counter, month), set()).add(scope)
    return found


def test_every_fact_that_metrics_hears_of_what_follows_adds_something() -> None:
    assert {type(fact) for fact in FACTS} == {BY_TYPE[name].model for name in REVIEW}
    assert all(BY_TYPE[name].kind is Kind.FACT for name in REVIEW)
    assert all(sums(fact) for fact in FACTS)


def test_a_clarification_counts_once_filed_for_the_day_on_which_it_was_made_and_by_each_way() -> None:
    assert added(filed()) == {("clarifications_made", JUL): OF_A_PERSON | {"way:writing", "way:meeting"}}


def test_an_overdue_one_counts_for_its_last_day() -> None:
    assert added(overdue()) == {("clarifications_overdue", MAR): HANDLED | {"cleared:organisation"}}


def test_marks_count_for_the_month_of_the_conclusion() -> None:
    assert added(reviewed()) == {("files_reviewed", JUN): HANDLED, ("files_excellent", JUN): HANDLED}
    assert added(reviewed(excellent=False)) == {("files_reviewed", JUN): HANDLED}


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False), (True, True), (False, False)])
def test_a_decision_moves_what_it_changes_with_its_day_and_is_no_second_file(before: bool, after: bool) -> None:
    said = (reviewed(excellent=before), decided(before, after))
    assert sums(*said) == sums(reviewed(excellent=after))
    (counts,) = kept(fold(None, said[1], YANFENG, now=NOW))
    assert {count.corrected_on for count in counts} == ({date(2023, 9, 4)} if before is not after else set())


@pytest.mark.parametrize("fact", [filed, overdue, reviewed])
def test_what_does_not_count_adds_nothing(fact: Any) -> None:
    assert sums(fact(case_traits(counted=False))) == Counter()


@pytest.mark.parametrize(
    ("reason", "well"),
    [
        (None, True),
        (ReturnReason.FACTS_UNCLEAR, False),
        (ReturnReason.EVIDENCE_LACKING, False),
        (ReturnReason.CHARACTER_WRONG, False),
        (ReturnReason.MATERIAL_MISSING, False),
        (ReturnReason.PROCEDURE_WRONG, True),
        (ReturnReason.OTHER, True),
    ],
)
def test_a_case_is_concluded_well_that_never_went_back_for_a_fault(reason: ReturnReason | None, well: bool) -> None:
    ended = concluded(NUMBER, UNIT, Outcome.PROVED, date(2023, 6, 20), returned_for=[reason] if reason else [])
    found = added(ended)
    assert (("concluded_well", JUN) in found) is well
    assert not well or found["concluded_well", JUN] == found["concluded", JUN] == HANDLED


ANY_TRAITS = st.builds(
    case_traits,
    town=st.sampled_from([None, "430406001", "430406100"]),
    counted=st.booleans(),
    category=st.sampled_from(Category),
    rank=st.sampled_from(Rank),
)


@given(before=ANY_TRAITS, after=ANY_TRAITS, faulted=st.booleans(), excellent=st.booleans())
def test_after_a_correction_all_of_it_is_as_if_it_had_always_been_so(
    before: CaseTraits, after: CaseTraits, faulted: bool, excellent: bool
) -> None:
    reasons = [ReturnReason.FACTS_UNCLEAR] if faulted else []

    def said(about: CaseTraits) -> list[Message]:
        ended = concluded(NUMBER, UNIT, Outcome.PROVED, date(2023, 6, 20), about, returned_for=reasons)
        return [ended, filed(about), overdue(about), reviewed(about, excellent)]

    correction = ConclusionCorrected(
        petition=NUMBER,
        before=before,
        after=after,
        unit=UNIT,
        zone="zone_1",
        concluded_on=date(2023, 6, 20),
        jointly_reviewed=True,
        returned_for=reasons,
        clarified=[
            CountedClarification(
                unit=UNIT, zone="zone_1", cleared=Cleared.PERSON, ways=filed().ways, made_on=date(2023, 7, 12)
            ),
            CountedClarification(
                unit=UNIT, zone="zone_1", cleared=Cleared.ORGANISATION, overdue_on=overdue().clock.due_at.date()
            ),
        ],
        files=[CountedFile(unit=UNIT, zone="zone_1", concluded_on=date(2023, 6, 20), excellent=excellent)],
        corrected_on=corrections.CORRECTED_ON,
    )
    assert sums(*said(before), correction) == sums(*said(after))


def test_review_says_with_a_correction_what_was_cleared_up_and_marked_and_only_that() -> None:
    case = Afterwards().up_to("made")
    message = corrections.of_assignment()
    (before,) = facts(correct(case.state, message, Facts(YANFENG, ""), now=case.now))
    assert isinstance(before, ConclusionCorrected) and before.clarified == []
    case.filed()
    (after,) = facts(correct(case.state, message, Facts(YANFENG, ""), now=case.now))
    assert isinstance(after, ConclusionCorrected)
    assert [(one.made_on, one.ways, one.overdue_on) for one in after.clarified] == [
        (case.now.date(), [ClarificationWay.WRITING, ClarificationWay.MEETING], None)
    ]
