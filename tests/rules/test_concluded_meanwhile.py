"""Concluded before a return or a move was heard of: the return is remembered, and an older move is no new one."""

from datetime import date
from typing import Any

import pytest
from xinfang_contracts.after import CaseReopened, RecordView, ReopenCase, ViewRecorded
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.routing import CaseWithdrawn

from services.review.state import Concluded
from tests.rules.afterwards import DOCUMENT, OFFICE, UNIT, Case
from tests.rules.given import NUMBER, assigned, case_traits, facts, refusal

SECOND, THIRD = "unit_430406002", "unit_430406003"


def given_up() -> Case:
    """The petition went back while the last signature was given."""
    story = Case().conclude()
    day = date(2023, 3, 1)
    gone = {"unit": UNIT, "zone": "zone_1", "assigned_on": day, "withdrawn_on": day}
    assert story.hear(CaseWithdrawn.model_validate({"petition": NUMBER, "traits": case_traits()} | gone)) == []
    return story


def test_what_had_gone_back_is_not_reopened_and_its_next_acceptance_begins() -> None:
    """Awaited again by nobody who could report, it would keep the next acceptance waiting for ever."""
    story = given_up()
    assert refusal(story.do(ReopenCase, ground="returned")) is RefusalReason.NOT_YOUR_TURN
    assert facts(story.repeat()) == []
    (viewed,) = facts(story.do(RecordView, view="dissatisfied", new_evidence=True, document=DOCUMENT))
    assert isinstance(viewed, ViewRecorded)
    assert story.state is not None and [story.state.status] == ["concluded"]
    story.hear(assigned(SECOND, acceptance=2))
    assert [story.state.status] == ["awaiting"]
    assert (story.state.case.unit, story.state.case.acceptance) == (SECOND, 2)


def moved(unit: str, move: int) -> CaseReassigned:
    how: dict[str, Any] = {"unit": unit, "zone": "zone_1", "mode": "unit", "rule": "changed_by_leader", "move": move}
    before = {"before": UNIT, "before_on": date(2023, 3, 1), "bounces": 0, "clock": assigned().clock}
    return CaseReassigned.model_validate({"petition": NUMBER, "traits": case_traits(), **how, **before})


@pytest.mark.parametrize("late", [1, 2])
def test_a_move_from_before_the_reopening_that_is_heard_after_it_moves_nothing(late: int) -> None:
    story = Case().conclude()
    story.hear(moved(UNIT, 2))
    assert isinstance(story.state, Concluded)
    assert any(isinstance(one, CaseReopened) for one in facts(story.do(ReopenCase, OFFICE, ground="returned")))
    story.hear(moved(SECOND, late))
    assert story.case.unit == UNIT
    story.hear(moved(THIRD, 3))
    assert story.case.unit == THIRD
