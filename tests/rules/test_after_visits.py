"""跟踪回访: planned by the district file or by command, due, made, declined; help, never a state of mind."""

from typing import Any

import pytest
from xinfang_contracts.after import (
    FollowUpDue,
    FollowUpPlanned,
    FollowUpRecorded,
    Help,
    PlanFollowUp,
    RecordFollowUp,
    ReopenCase,
)
from xinfang_contracts.district import FollowUpPlan, Span
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Form
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.review import Outcome

from services.review.after.learning import learn
from services.review.due import CaseDue, fall_due
from services.review.facts import Facts
from services.runtime.errors import NotYet
from tests.rules.afterwards import OFFICE, UNIT, Case, reviewing
from tests.rules.given import NOW, NUMBER, YANFENG, at, refusal, the, told


def visiting(*cases: Any, times: int = 2) -> Any:
    plan = FollowUpPlan(
        cases=list(cases), first=Span(length=1, unit="month"), every=Span(length=3, unit="month"), times=times
    )
    return reviewing(follow_up=plan)


def due_of(story: Case, until: str = "2024-12-31") -> list[Any]:
    return [one for one in story.tick(until) if isinstance(one, FollowUpDue)]


@pytest.mark.parametrize(
    ("cases", "about", "outcome", "is_visited"),
    [
        (["every"], {}, Outcome.PROVED, True),
        (["unfounded"], {}, Outcome.UNFOUNDED, True),
        (["unfounded"], {}, Outcome.PROVED, False),
        (["not_provable"], {}, Outcome.NOT_PROVABLE, True),
        (["repeat"], {"first_time": False, "form": Form.VISIT}, Outcome.PROVED, True),
        (["repeat", "leader_led"], {}, Outcome.PROVED, False),
        (["from_above"], {"transferred": True}, Outcome.PROVED, True),
        (["every"], {"real_name": False}, Outcome.PROVED, False),
    ],
)
def test_which_cases_are_followed_up_is_the_district_files(
    cases: list[str], about: dict[str, Any], outcome: Outcome, is_visited: bool
) -> None:
    story = Case(district=visiting(*cases), **about).conclude(outcome)
    assert bool(due_of(story, "2023-04-02")) is is_visited


def test_a_case_that_a_leader_owned_is_followed_up() -> None:
    story = Case(district=visiting("leader_led"))
    story.hear(LeaderNamed(petition=NUMBER, leader="leader_deputy_1", rule="zone_lead", reasons=["repeat"], unit=UNIT))
    assert due_of(story.conclude(), "2023-04-02")


def test_the_first_is_due_a_month_after_the_conclusion_and_the_next_three_months_after_it_was_made() -> None:
    story = Case(district=visiting("every")).conclude()
    (first,) = due_of(story, "2023-04-02")
    assert (first.visit, first.due_at) == (1, at("2023-04-02 00:00"))
    assert due_of(story) == []
    story.on("2023-04-10").do(RecordFollowUp, UNIT, outcome="made", on="2023-04-10")
    (second,) = due_of(story)
    assert (second.visit, second.due_at) == (2, at("2023-07-11 00:00"))
    last = the(story.do(RecordFollowUp, UNIT, outcome="not_reached", on="2023-07-12"), FollowUpRecorded)
    assert last.next_at is None
    assert due_of(story) == []


def test_unit_and_petition_office_are_told_that_the_day_has_come() -> None:
    story = Case(district=visiting("every")).conclude()
    story.tick("2023-04-01")
    before = len(story.said)
    assert not [one for one in story.said[before:] if isinstance(one, FollowUpDue)]
    outputs = fall_due(story.state, CaseDue(petition=NUMBER), Facts(story.district, ""), now=at("2023-04-02 00:00"))
    assert told(outputs) == [UNIT, OFFICE]


def test_a_visit_is_planned_by_command_and_moved_by_another() -> None:
    story = Case().conclude()
    outputs = story.do(PlanFollowUp, UNIT, on="2023-03-20")
    assert (the(outputs, FollowUpPlanned).visit, told(outputs)) == (1, [OFFICE])
    assert the(story.do(PlanFollowUp, on="2023-03-27"), FollowUpPlanned).visit == 1
    (due,) = due_of(story, "2023-03-27")
    assert due.due_at == at("2023-03-27 00:00")
    story.on("2023-03-28").do(RecordFollowUp, outcome="made", on="2023-03-28")
    assert the(story.do(PlanFollowUp, on="2023-05-04"), FollowUpPlanned).visit == 2


def test_a_visit_is_planned_for_a_day_to_come() -> None:
    story = Case().conclude().on("2023-03-02")
    assert refusal(story.do(PlanFollowUp, on="2023-03-01")) is RefusalReason.WRONG_DATE
    the(story.do(PlanFollowUp, on="2023-03-02"), FollowUpPlanned)


def test_help_is_recorded_in_codes_and_to_whom_the_reporter_was_led() -> None:
    story = Case().conclude()
    given = [Help.EXPLAINED, Help.GUIDED_TO_COURT]
    outputs = story.do(RecordFollowUp, UNIT, outcome="made", on="2023-03-01", help=given, receiver="court")
    fact = the(outputs, FollowUpRecorded)
    assert (fact.visit, fact.help, fact.receiver, told(outputs)) == (1, given, "court", [OFFICE])
    assert fact.link is not None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"outcome": "declined", "help": [Help.EXPLAINED]}, RefusalReason.CONTRADICTORY),
        ({"outcome": "not_reached", "receiver": "court"}, RefusalReason.CONTRADICTORY),
        ({"outcome": "made", "receiver": "court"}, RefusalReason.CONTRADICTORY),
        ({"outcome": "made", "help": [Help.EXPLAINED], "receiver": "court"}, RefusalReason.CONTRADICTORY),
        ({"outcome": "made", "help": [Help.LEGAL_AID], "receiver": "nobody"}, RefusalReason.UNKNOWN_RECEIVER),
        ({"outcome": "made", "on": "2023-03-02"}, RefusalReason.WRONG_DATE),
        ({"outcome": "made", "on": "2023-02-28"}, RefusalReason.WRONG_DATE),
    ],
)
def test_a_record_that_cannot_be_is_refused(fields: dict[str, Any], reason: RefusalReason) -> None:
    story = Case().conclude()
    assert refusal(story.do(RecordFollowUp, **{"on": "2023-03-01"} | fields)) is reason


def test_whoever_declines_is_left_in_peace_until_they_ask() -> None:
    story = Case(district=visiting("every", times=5)).conclude()
    story.tick("2023-04-02")
    assert the(story.do(RecordFollowUp, outcome="declined", on="2023-04-02"), FollowUpRecorded).next_at is None
    assert due_of(story) == []
    assert refusal(story.do(PlanFollowUp, on="2025-02-03")) is RefusalReason.VISITS_DECLINED
    again: dict[str, Any] = {"outcome": "made", "on": "2024-12-31"}
    assert refusal(story.do(RecordFollowUp, **again)) is RefusalReason.VISITS_DECLINED
    the(story.do(PlanFollowUp, on="2025-02-03", asked_by_reporter=True), FollowUpPlanned)
    assert len(due_of(story, "2025-02-03")) == 1
    the(story.do(RecordFollowUp, outcome="made", on="2025-02-03"), FollowUpRecorded)
    the(story.do(PlanFollowUp, on="2025-05-06"), FollowUpPlanned)


def test_a_reopened_case_is_not_visited_and_begins_anew_with_its_next_conclusion_unless_declined() -> None:
    story = Case(district=visiting("every")).conclude()
    story.do(ReopenCase, ground="returned")
    assert due_of(story, "2023-05-31") == []
    story.on("2023-06-01").conclude()
    (due,) = due_of(story, "2023-07-31")
    assert (due.visit, due.due_at) == (2, at("2023-07-02 00:00"))
    story.do(RecordFollowUp, outcome="declined", on="2023-07-31")
    story.do(ReopenCase, ground="returned")
    story.conclude()
    assert due_of(story) == []


def test_a_visit_that_was_planned_before_a_reopening_is_not_made_after_it() -> None:
    story = Case().conclude()
    story.do(PlanFollowUp, on="2023-06-01")
    story.do(ReopenCase, ground="returned")
    story.on("2023-03-20").conclude()
    assert due_of(story) == []


def test_visits_that_are_many_are_so_far_apart() -> None:
    with pytest.raises(ValueError, match="how far apart"):
        FollowUpPlan(cases=["every"], first=Span(length=1, unit="month"), times=2)


def test_a_leader_named_before_the_case_is_heard_of_waits_for_it() -> None:
    """Forgotten, the case would be visited or not by the order in which two facts come."""
    named = LeaderNamed(petition=NUMBER, leader="leader_deputy_1", rule="zone_lead", reasons=["repeat"], unit=UNIT)
    with pytest.raises(NotYet):
        learn(None, named, Facts(YANFENG, ""), now=NOW)
    above = named.model_copy(update={"unit": "superior_430400"})
    assert learn(None, above, Facts(YANFENG, ""), now=NOW) == []
