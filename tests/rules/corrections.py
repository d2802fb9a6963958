"""Corrections of one case, as each service says its own."""

from datetime import date
from typing import Any

from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.statistics import AssignmentCorrected, ConclusionCorrected, TraitsCorrected

from .given import NUMBER, case_traits

CORRECTED_ON = date(2023, 12, 5)
UNIT = "unit_430406001"


def of_traits(before: CaseTraits | None = None, after: CaseTraits | None = None) -> TraitsCorrected:
    """Intake's, of an accepted petition; as told, out of the figures altogether."""
    return TraitsCorrected(
        **_both(before, after),
        status="accepted",
        screened_on=date(2023, 3, 1),
        corrected_on=CORRECTED_ON,
        by="office_petition",
        reason="entered_twice",
    )


def of_assignment(before: CaseTraits | None = None, after: CaseTraits | None = None) -> AssignmentCorrected:
    """Routing's, of a case that was late."""
    return AssignmentCorrected(
        **_both(before, after),
        unit=UNIT,
        zone="zone_1",
        since=date(2023, 3, 1),
        overdue_on=date(2023, 6, 2),
        corrected_on=CORRECTED_ON,
    )


def of_conclusion(before: CaseTraits | None = None, after: CaseTraits | None = None) -> ConclusionCorrected:
    """Review's, of a case that was returned twice, then concluded and settled."""
    return ConclusionCorrected(
        **_both(before, after),
        unit=UNIT,
        zone="zone_1",
        returned_on=[date(2023, 6, 20), date(2023, 7, 3)],
        concluded_on=date(2023, 7, 20),
        jointly_reviewed=True,
        recovered_yuan=300,
        settled=True,
        settled_on=date(2023, 8, 1),
        corrected_on=CORRECTED_ON,
    )


def _both(before: CaseTraits | None, after: CaseTraits | None) -> dict[str, Any]:
    return {"petition": NUMBER, "before": before or case_traits(), "after": after or case_traits(counted=False)}
