"""核查报告: what it says beside its outcome, what cannot stand together, and what goes on with the conclusion."""

from typing import Any

import pytest
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.reporting import Disposal, Measure
from xinfang_contracts.review import CaseConcluded, Outcome, ReportSubmitted
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.review.decide import hear_track
from services.review.state import Concluded, UnderReview
from services.runtime.rules import Refused
from tests.rules.given import NUMBER, the
from tests.rules.stories import IN_ORDER, TOWN_UNIT, Story

DOCUMENT = DocumentRef(document="0b6f3b1e-7d53-4c1c-9a0e-2f6d1c9a7e11", digest="a" * 64)
OPENED = TrackOpened.model_validate(
    {
        "petition": NUMBER,
        "track": "substance",
        "holder": TOWN_UNIT,
        "document": DOCUMENT,
        "by": "office_petition",
    }
)
SAID: dict[str, Any] = {
    "disposal": Disposal.PRELIMINARY_CHECK,
    "measures": [Measure.PARTY_DISCIPLINE, Measure.RECTIFIED],
    "form": 2,
}


def ended(state: str) -> TrackRecorded:
    return TrackRecorded.model_validate({"petition": NUMBER, "track": "substance", "state": state, "holder": TOWN_UNIT})


def details(story: Story, **report: Any) -> tuple[str, ...]:
    """What contradicts, of a report that is refused for it; nothing of one that is taken."""
    first, *_ = story.report(**report)
    if not isinstance(first, Refused):
        return ()
    assert first.reason is RefusalReason.CONTRADICTORY
    return first.details


def test_what_a_report_says_is_reviewed_and_stands_in_the_conclusion() -> None:
    story = Story()
    submitted = the(story.report(**SAID, attachments=[DOCUMENT]), ReportSubmitted)
    assert {name: getattr(submitted, name) for name in SAID} == SAID
    assert submitted.attachments == [DOCUMENT]
    story.agreed_by(*IN_ORDER)
    concluded = story.said[-1]
    assert isinstance(concluded, CaseConcluded)
    assert {name: getattr(concluded, name) for name in SAID} == SAID
    assert isinstance(story.state, Concluded)
    assert story.state.found is not None
    assert story.state.found.measures == SAID["measures"]


def test_a_report_that_says_only_its_outcome_is_taken_as_before() -> None:
    for outcome in Outcome:
        story = Story()
        submitted = the(story.report(outcome=outcome, recovered_yuan=3), ReportSubmitted)
        assert submitted.model_dump(mode="json", exclude_none=True).keys() == {
            *("petition", "version", "unit", "outcome", "recovered_yuan", "asking", "link")
        }
        assert isinstance(story.state, UnderReview)
        assert story.state.found is None


@pytest.mark.parametrize(
    ("report", "at_odds"),
    [
        ({"outcome": "unfounded", "measures": ["party_discipline"]}, ("unfounded", "party_discipline")),
        ({"outcome": "not_provable", "measures": ["rectified", "admonished"]}, ("not_provable", "admonished")),
        ({"outcome": "unfounded", "form": 2}, ("unfounded", "form")),
        ({"measures": ["none", "admonished"]}, ("none", "admonished")),
        ({"measures": ["admonished", "admonished"]}, ("measures", "admonished")),
        ({"disposal": "shelved"}, ("shelved", "proved")),
        ({"disposal": "shelved", "outcome": "unfounded"}, ("shelved", "unfounded")),
        ({"disposal": "shelved", "outcome": "not_provable", "measures": ["rectified"]}, ("shelved", "rectified")),
        ({"substance": "solved"}, ("substance", "not_opened")),
    ],
)
def test_what_contradicts_itself_is_refused_with_what_cannot_stand_together(
    report: dict[str, Any], at_odds: tuple[str, ...]
) -> None:
    story = Story()
    assert details(story, **report) == at_odds
    assert details(story) == ()


@pytest.mark.parametrize(
    "report",
    [
        {"outcome": "unfounded", "measures": ["rectified"], "disposal": "closed"},
        {"outcome": "not_provable", "measures": ["criticised_educated"], "form": 1, "disposal": "talk_or_letter"},
        {"outcome": "not_provable", "measures": ["none"], "disposal": "shelved"},
        {"outcome": "partly_proved", "measures": ["transferred_to_justice"], "form": 4},
    ],
)
def test_what_may_stand_together_is_taken(report: dict[str, Any]) -> None:
    assert details(Story(), **report) == ()


def test_a_report_says_of_the_substance_track_what_routing_has_heard_of_it() -> None:
    story = Story()
    story.heard(hear_track, OPENED)
    assert details(story, substance="solved") == ("substance", "solved", "in_hand")
    for track, said in ((OPENED, "in_hand"), (ended("guided"), "guided")):
        fresh = Story()
        fresh.heard(hear_track, OPENED)
        fresh.heard(hear_track, track)
        assert details(fresh, substance="unfounded") == ("substance", "unfounded", said)
        assert details(fresh, substance=said) == ()
    for silent in (story, Story()):
        assert details(silent) == ()


def test_what_ended_before_its_opening_was_heard_has_ended() -> None:
    story = Story()
    for fact in (ended("solved"), OPENED):
        story.heard(hear_track, fact)
    assert details(story, substance="in_hand") == ("substance", "in_hand", "solved")
    assert details(story, substance="solved") == ()
