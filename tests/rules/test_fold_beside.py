"""The work beside petitions in figures: what each fact adds, and apart from what else."""

from collections import Counter
from datetime import date

import pytest
from xinfang_contracts.message import Message
from xinfang_contracts.outreach import OutreachForm
from xinfang_contracts.registry import BY_TYPE, Kind

from services.metrics.counting import NOW as STANDS
from services.metrics.counting import Count
from services.metrics.fold_beside import fold
from services.metrics.handlers import BESIDE
from services.metrics.indicators import INDICATORS, STANDING, Cell, value
from tests.rules.beside import (
    APPOINTED,
    CLOSED,
    ENDED,
    FACTS,
    ISSUED,
    MET,
    RATED,
    SETTLED,
    collected,
    solved,
    started,
)
from tests.rules.given import NOW, TOWN, YANFENG, kept

MAR = date(2023, 3, 1)
TOWNS = {"district", f"town:{TOWN}", "zone:zone_1"}


def counted(fact: Message) -> list[Count]:
    (counts,) = kept(fold(None, fact, YANFENG, now=NOW))
    return list(counts)


def in_district(*facts: Message) -> dict[str, int]:
    """Counter -> its sum for the district."""
    sums: Counter[str] = Counter()
    for fact in facts:
        for count in counted(fact):
            if count.scope == "district":
                sums[count.counter] += count.amount
    return dict(sums)


def measured(code: str, *facts: Message) -> float | None:
    cells: dict[tuple[str, date, str], Cell] = {("villages", STANDS, "district"): Cell(54, 1, NOW)}
    for fact in facts:
        for count in counted(fact):
            place = (count.counter, count.month, count.scope)
            cells[place] = Cell(count.amount + (cells[place].amount if place in cells else 0), 1, NOW)
    indicator = next(one for one in INDICATORS if one.code == code)
    months = [STANDS] if indicator.numerator in STANDING else [MAR]
    said = value(indicator, "2023-03", months, cells, NOW)
    return next(one.value for one in said.scopes if one.scope == "district")


def test_metrics_hears_of_each_kind_and_each_adds_something() -> None:
    assert {type(fact) for fact in FACTS} == {BY_TYPE[name].model for name in BESIDE}
    assert all(BY_TYPE[name].kind is Kind.FACT for name in BESIDE)
    assert all(counted(fact) for fact in FACTS)


def test_a_settled_mediation_counts_in_its_town_its_zone_and_the_district() -> None:
    assert {(one.counter, one.month, one.scope, one.amount) for one in counted(SETTLED)} == {
        ("mediations_settled", MAR, scope, 1) for scope in TOWNS
    }


def test_only_a_stand_is_a_stand() -> None:
    assert in_district(started(OutreachForm.STAND)) == {"outreach_stands": 1}
    assert in_district(started(OutreachForm.INTERVIEW), started(OutreachForm.SURVEY)) == {}


def test_groups_and_people_add_up_and_a_survey_counts_apart() -> None:
    surveyed = MET.model_copy(update={"form": OutreachForm.SURVEY})
    assert in_district(MET, MET, surveyed) == {
        "outreach_groups": 4,
        "outreach_people": 10,
        "survey_groups": 2,
        "survey_people": 5,
    }


@pytest.mark.parametrize(
    ("form", "kind"),
    [(OutreachForm.STAND, "outreach"), (OutreachForm.INTERVIEW, "outreach"), (OutreachForm.SURVEY, "survey")],
)
def test_concerns_and_money_stand_apart_by_survey_and_the_rest(form: OutreachForm, kind: str) -> None:
    assert in_district(collected(form), solved(form, 9_600), solved(form, 0, urgent=False)) == {
        f"{kind}_collected": 1,
        f"{kind}_solved": 2,
        f"{kind}_urgent_solved": 1,
        f"{kind}_yuan": 9_600,
    }


def test_a_village_is_covered_with_its_first_supervisor_until_its_last() -> None:
    more = APPOINTED.model_copy(update={"first": False}), ENDED.model_copy(update={"last": False})
    assert measured("supervisor_coverage", APPOINTED, *more) == pytest.approx(100 / 54)
    assert measured("supervisor_coverage", APPOINTED, *more, ENDED) == 0


def test_mostly_satisfied_is_satisfied_and_everybody_is_the_base() -> None:
    assert measured("satisfaction_rate", RATED) == 87.5
    nobody = RATED.model_copy(update={"satisfied": 0, "mostly_satisfied": 0})
    assert measured("satisfaction_rate", RATED, nobody) == pytest.approx(7 / 9 * 100)
    assert {"contact:answer"} <= {one.scope for one in counted(RATED)}


def test_what_was_recommended_is_rectified_or_is_not() -> None:
    unrectified = CLOSED.model_copy(update={"rectified": False})
    assert measured("recommendations_issued", ISSUED, ISSUED, CLOSED, unrectified) == 2
    assert measured("recommendations_rectified", ISSUED, ISSUED, CLOSED, unrectified) == 1
    assert measured("rectification_rate", ISSUED, ISSUED, CLOSED, unrectified) == 50
    assert {one.scope for one in counted(ISSUED)} == {"district", "unit:unit_430406001", "zone:zone_1"}
