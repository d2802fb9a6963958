"""Concluded before a return was heard of: the return is remembered."""

from datetime import date

from xinfang_contracts.after import RecordView, ReopenCase, ViewRecorded
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.routing import CaseWithdrawn

from tests.rules.afterwards import DOCUMENT, UNIT, Case
from tests.rules.given import NUMBER, assigned, case_traits, facts, refusal

SECOND = "unit_430406002"


def given_up() -> Case:
    """The petition went back while the last signature was given."""
    story = Case().conclude()
    day = date(2023, 3, 1)
    gone = {"unit": UNIT, "zone": "zone_1", "assigned_on": day, "withdrawn_on": day}
    assert story.hear(CaseWithdrawn.model_validate({"petition": NUMBER, "traits": case_traits()} | gone)) == []
    return story


def status(story: Case) -> str:
    assert story.state is not None
    return story.state.status


def test_what_had_gone_back_is_not_reopened_and_its_next_acceptance_begins() -> None:
    """Awaited again by nobody who could report, it would keep the next acceptance waiting for ever."""
    story = given_up()
    assert refusal(story.do(ReopenCase, ground="returned")) is RefusalReason.NOT_YOUR_TURN
    assert facts(story.repeat()) == []
    (viewed,) = facts(story.do(RecordView, view="dissatisfied", new_evidence=True, document=DOCUMENT))
    assert isinstance(viewed, ViewRecorded)
    assert [status(story)] == ["concluded"]
    story.hear(assigned(SECOND, acceptance=2))
    assert [status(story)] == ["awaiting"]
    assert story.state is not None
    assert (story.state.case.unit, story.state.case.acceptance) == (SECOND, 2)
