"""What follows a conclusion in figures: rest one way or the other, reopened beside closed, views, help."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from xinfang_contracts.after import (
    CaseLapsed,
    CaseReopened,
    CountedConclusion,
    CountedObjection,
    CountedView,
    FollowUpRecorded,
    Help,
    ObjectionAnswered,
    SettlementEnded,
    ViewRecorded,
)
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.review import CaseConcluded, CaseSettled, Outcome

from services.metrics.fold import fold
from services.metrics.handlers import AFTER
from services.metrics.indicators import INDICATORS, Cell, value
from tests.rules.afterwards import DOCUMENT
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, case_traits, kept

UNIT = "unit_430406001"
BY: dict[str, Any] = {"petition": NUMBER, "unit": UNIT, "zone": "zone_1"}
FIRST = CountedConclusion(unit=UNIT, zone="zone_1", concluded_on=date(2023, 5, 4), jointly_reviewed=True)


def concluded(reopenings: int = 0, yuan: int = 0, on: date = date(2023, 5, 4)) -> CaseConcluded:
    return CaseConcluded(
        **BY,
        traits=case_traits(),
        chain="joint",
        jointly_reviewed=True,
        version=1 + reopenings,
        outcome=Outcome.PROVED,
        recovered_yuan=yuan,
        concluded_on=on,
        reopenings=reopenings,
    )


def settled(lapsed_on: date | None = None) -> CaseSettled:
    return CaseSettled(**BY, traits=case_traits(), settled_on=date(2023, 6, 9), lapsed_on=lapsed_on)


def lapsed(traits: CaseTraits | None = None) -> CaseLapsed:
    about = traits or case_traits()
    return CaseLapsed(**BY, traits=about, window_months=3, since=date(2023, 5, 4), lapsed_on=date(2023, 8, 5))


def reopened(times: int = 1, **rest: Any) -> CaseReopened:
    return CaseReopened(
        **BY,
        traits=case_traits(),
        ground="returned",
        times=times,
        reopened_on=date(2023, 9, 4),
        conclusion=FIRST,
        **rest,
    )


def view(level: Any = "satisfied", **more: Any) -> ViewRecorded:
    return ViewRecorded(**BY, view=level, on=date(2023, 6, 1), by=UNIT, **more)


OBJECTION = CountedObjection(unit=UNIT, zone="zone_1", on=date(2023, 6, 1))
FACTS: tuple[Message, ...] = (
    lapsed(),
    reopened(),
    SettlementEnded(
        **BY, traits=case_traits(), repeat="430406-2023-000099", settled_on=NOW.date(), ended_on=date(2023, 9, 4)
    ),
    view(objection=True),
    view("mostly_satisfied"),
    view("dissatisfied"),
    ObjectionAnswered(**BY, on=date(2023, 6, 2), raised=[OBJECTION], by=UNIT, document=DOCUMENT),
    FollowUpRecorded(**BY, visit=1, outcome="made", on=date(2023, 7, 4), help=[Help.EXPLAINED], by=UNIT),
)
"""One of each that adds something."""


def measured(code: str, *facts: Message, scope: str = "district", period: str = "2023") -> tuple[int, int | None]:
    """An indicator over these facts: above and below the line."""
    said = indicated(code, facts, period)
    found = next((one for one in said.scopes if one.scope == scope), None)
    return (0, None) if found is None else (found.numerator, found.denominator)


def indicated(code: str, facts: Sequence[Message], period: str = "2023", window: int | None = None) -> Any:
    sums: dict[tuple[str, date, str], Cell] = {}
    for fact in facts:
        for counts in kept(fold(None, fact, YANFENG, now=NOW)):
            for count in counts:
                place = (count.counter, count.month, count.scope)
                before = sums.get(place, Cell(0, 0, NOW))
                sums[place] = Cell(before.amount + count.amount, before.changes + 1, NOW)
    indicator = next(one for one in INDICATORS if one.code == code)
    months = [date(2023, month, 1) for month in range(1, 13)]
    return value(indicator, period, months, sums, NOW, window)


@pytest.mark.parametrize("first", ["", "first_petition_"])
@pytest.mark.parametrize(
    ("rest", "all_of_it", "confirmed", "merely_lapsed"), [(settled(), 1, 1, 0), (lapsed(), 1, 0, 1), (None, 0, 0, 0)]
)
def test_confirmed_and_lapsed_are_shown_apart_and_together(
    first: str, rest: Message | None, all_of_it: int, confirmed: int, merely_lapsed: int
) -> None:
    facts = [accepted(), concluded(), *([rest] if rest else [])]
    assert measured(f"{first}settlement_rate", *facts) == (all_of_it, 1)
    assert measured(f"{first}settlement_confirmed_rate", *facts) == (confirmed, 1)
    assert measured(f"{first}settlement_lapsed_rate", *facts) == (merely_lapsed, 1)


def test_a_lapse_counts_wherever_its_acceptance_does() -> None:
    away = case_traits(town="430406004")
    for code in ("settlement_lapsed_rate", "first_petition_settlement_lapsed_rate"):
        values = {one.value for one in indicated(code, [accepted(about=away), lapsed(away)]).scopes}
        assert values == {100.0}


def test_the_window_is_said_with_what_rests_on_it() -> None:
    facts = [accepted(), lapsed()]
    assert indicated("settlement_rate", facts, window=3).window_months == 3
    assert indicated("settlement_lapsed_rate", facts, window=3).window_months == 3
    assert indicated("settlement_confirmed_rate", facts, window=3).window_months is None
    assert indicated("settlement_rate", facts).formula == 2


def test_who_confirms_after_a_lapse_counts_as_confirmed_only() -> None:
    facts = [accepted(), concluded(), lapsed(), settled(date(2023, 8, 5))]
    assert measured("settlement_confirmed_rate", *facts) == (1, 1)
    assert measured("settlement_lapsed_rate", *facts) == (0, 1)


@pytest.mark.parametrize(
    ("rest", "ended"),
    [(settled(), {"settled_on": date(2023, 6, 9)}), (lapsed(), {"lapsed_on": date(2023, 8, 5)})],
)
def test_a_reopening_ends_the_rest_and_stands_beside_what_was_closed(rest: Message, ended: dict[str, Any]) -> None:
    facts = [accepted(), concluded(), rest, reopened(**ended)]
    assert measured("settlement_rate", *facts) == (0, 1)
    assert measured("cases_concluded", *facts) == (1, None)
    assert measured("cases_reopened", *facts) == (1, None)
    assert measured("reopened_rate", *facts) == (1, 1)
    assert measured("reopened_rate", *facts, scope=f"unit:{UNIT}") == (1, 1)
    again = [*facts, concluded(1, 80, date(2023, 11, 2)), settled()]
    assert measured("settlement_rate", *again) == (1, 1)
    assert measured("reopened_rate", *again, reopened(2, settled_on=date(2023, 6, 9))) == (1, 1)
    assert measured("cases_reopened", *again, reopened(2, settled_on=date(2023, 6, 9))) == (2, None)


def test_that_rest_is_over_is_a_dated_correction() -> None:
    (counts,) = kept(fold(None, reopened(settled_on=date(2023, 6, 9)), YANFENG, now=NOW))
    back = [one for one in counts if one.counter == "settled"]
    assert back
    assert {(one.amount, one.corrected_on) for one in back} == {(-1, date(2023, 9, 4))}


def test_a_case_is_closed_and_jointly_reviewed_once_and_its_money_adds_up() -> None:
    facts = [accepted(), concluded(yuan=300), reopened(), concluded(1, 80, date(2023, 11, 2))]
    assert measured("cases_concluded", *facts) == (1, None)
    assert measured("conclusion_rate", *facts) == (1, 1)
    assert measured("reports_jointly_reviewed", *facts) == (1, None)
    assert measured("funds_recovered_in_cases", *facts) == (380, None)


def test_a_repeat_that_is_a_case_of_its_own_ends_the_rest_only() -> None:
    end = SettlementEnded(
        **BY,
        traits=case_traits(),
        repeat="430406-2023-000099",
        settled_on=date(2023, 6, 9),
        ended_on=date(2023, 9, 4),
    )
    facts = [accepted(), concluded(), settled(), end]
    assert measured("settlement_rate", *facts) == (0, 1)
    assert measured("cases_reopened", *facts) == (0, None)


def test_the_newest_view_counts_and_by_unit_no_further() -> None:
    before = CountedView(view="dissatisfied", unit=UNIT, zone="zone_1", on=date(2023, 5, 9))
    first = view("dissatisfied").model_copy(update={"on": date(2023, 5, 9)})
    facts = [first, view("mostly_satisfied", replaces=before)]
    assert measured("result_satisfaction_rate", *facts) == (1, 1)
    assert measured("result_dissatisfied", *facts) == (0, None)
    assert measured("views_recorded", *facts) == (1, None)
    scopes = {one.scope for one in indicated("views_recorded", facts).scopes}
    assert scopes == {"district", f"unit:{UNIT}", "zone:zone_1"}


def test_objections_and_their_answers_count_in_the_month_of_the_objection() -> None:
    raised = view("dissatisfied", objection=True)
    assert measured("objection_answer_rate", raised) == (0, 1)
    objection = CountedObjection(unit=UNIT, zone="zone_1", on=date(2023, 6, 1))
    answer = ObjectionAnswered(**BY, on=date(2024, 1, 2), raised=[objection], by=UNIT, document=DOCUMENT)
    assert measured("objection_answer_rate", raised, answer) == (1, 1)


def test_what_does_not_count_has_no_view_and_no_objection() -> None:
    objection = CountedObjection(unit=UNIT, zone="zone_1", on=date(2023, 6, 1))
    answer = ObjectionAnswered(**BY, on=date(2023, 6, 2), raised=[objection], by=UNIT, document=DOCUMENT, counted=False)
    for fact in (view("dissatisfied", objection=True, counted=False), answer):
        assert kept(fold(None, fact, YANFENG, now=NOW)) == [()]


def test_made_visits_and_help_count_and_who_declined_counts_nowhere() -> None:
    def visit(outcome: Any, *given: Help) -> FollowUpRecorded:
        return FollowUpRecorded(**BY, visit=1, outcome=outcome, on=date(2023, 7, 4), help=[*given], by=UNIT)

    facts = [visit("made", Help.EXPLAINED, Help.LEGAL_AID), visit("made", Help.EXPLAINED)]
    assert measured("follow_up_visits", *facts) == (2, None)
    assert measured("help_given", *facts) == (3, None)
    assert measured("help_given", *facts, scope="help:explained") == (2, None)
    for outcome in ("declined", "not_reached"):
        assert kept(fold(None, visit(outcome), YANFENG, now=NOW)) == [()]


def test_every_fact_that_is_heard_adds_something() -> None:
    assert {type(fact) for fact in FACTS} == {BY_TYPE[name].model for name in AFTER}
    assert all(kept(fold(None, fact, YANFENG, now=NOW))[0] for fact in FACTS)
