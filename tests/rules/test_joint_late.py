"""Late opinions: each place is asked by a clock, lateness is said to whom it concerns, and a calendar moves it."""

from collections.abc import Sequence
from datetime import date, datetime

import pytest
from pydantic import TypeAdapter
from xinfang_contracts.district import Calendar, Days, Reviewing
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.review import GiveOpinion, OpinionGiven, OpinionOverdue, OpinionsAsked, ReportSubmitted
from xinfang_contracts.signing import Link

from services.review import moves
from services.review.due import due_at
from services.review.joint.late import counted_by, recount
from services.review.joint.state import CaseRecounted
from services.review.state import ReviewCase, State, UnderReview
from services.runtime.calendar import revision
from services.runtime.rules import Answer, Notice, Output
from tests.pens import signed
from tests.rules.given import NUMBER, YANFENG, at, facts, refusal, the, told
from tests.rules.stories import IN_ORDER, JOINT, Story, reported

# Reported on Wednesday 1 March 2023: the offices have until the end of Friday.
OFFICES = at("2023-03-04 00:00")
AGAIN = at("2023-03-08 00:00")
LAST = at("2023-03-10 00:00")
PETITION, CASE, PRINCIPAL = "office_petition", "office_case", "leader_principal"


def overdue(outputs: Sequence[Output]) -> list[OpinionOverdue]:
    return [one for one in facts(outputs) if isinstance(one, OpinionOverdue)]


def told_of(outputs: Sequence[Output], actor: str) -> list[str]:
    """Who is told that this actor is late."""
    notices = [one for one in outputs if isinstance(one, Notice) and isinstance(one.fact, OpinionOverdue)]
    return [one.actor for one in notices if isinstance(one.fact, OpinionOverdue) and one.fact.actor == actor]


def test_each_place_is_asked_by_its_own_clock_and_the_facts_that_ask_say_so() -> None:
    story = Story()
    submitted = the(story.report(), ReportSubmitted)
    assert submitted.asking is not None
    assert {one.actor: one.due_at for one in submitted.asking.by} == dict.fromkeys(JOINT[0], OFFICES)
    asked = []
    for actor in IN_ORDER:
        given = facts(story.opinion(actor))[0]
        assert isinstance(given, OpinionGiven)
        asked += [] if given.asking is None else [(one.actor, one.due_at) for one in given.asking.by]
    one_day = at("2023-03-03 00:00")
    assert asked == [("leader_assist_1", one_day), ("leader_deputy_1", one_day), (PRINCIPAL, at("2023-03-07 00:00"))]


def test_nobody_is_late_before_their_day_is_over() -> None:
    story = reported()
    assert due_at(story.state) == OFFICES
    assert story.tick(at("2023-03-03 23:59")) == []
    assert len(overdue(story.tick(OFFICES))) == len(JOINT[0])


def test_lateness_is_said_to_the_late_one_the_petition_office_and_the_case_office() -> None:
    story = reported().agreed_by("office_supervision_1", PETITION)
    outputs = story.tick(OFFICES)
    fact = the(outputs, OpinionOverdue)
    assert (fact.actor, fact.version, fact.due_at, fact.times) == ("office_trial", 1, OFFICES, 1)
    assert fact.next_at == AGAIN
    assert told(outputs) == ["office_trial", PETITION, CASE]


def test_it_is_said_again_each_period_and_the_last_time_to_the_principal_as_well() -> None:
    story = reported().agreed_by("office_supervision_1", PETITION)
    outputs = story.tick(at("2023-06-01 00:00"))
    assert [(one.times, one.due_at, one.next_at) for one in overdue(outputs)] == [
        (1, OFFICES, AGAIN),
        (2, AGAIN, LAST),
        (3, LAST, None),
    ]
    assert told(outputs) == 3 * ["office_trial", PETITION, CASE] + [PRINCIPAL]
    assert due_at(story.state) is None
    assert isinstance(story.state, UnderReview)
    assert story.state.asked["office_trial"].due_at == OFFICES


def test_whoever_is_late_may_still_speak_and_is_awaited() -> None:
    story = reported().agreed_by("office_supervision_1", PETITION)
    story.tick(at("2023-06-01 00:00"))
    assert told(story.opinion("office_trial")) == ["leader_assist_1"]


def test_an_opinion_after_its_day_says_that_it_was_late_though_no_tick_has_come() -> None:
    story = reported().agreed_by("office_supervision_1", PETITION)
    story.now = at("2023-03-08 10:00")
    outputs = story.opinion("office_trial")
    first, second, given = facts(outputs)
    assert isinstance(first, OpinionOverdue)
    assert isinstance(second, OpinionOverdue)
    assert (first.times, second.times, second.due_at) == (1, 2, AGAIN)
    assert isinstance(given, OpinionGiven)
    assert outputs[-1] == Answer(given)
    assert [one.link.place for one in (first, second, given) if one.link] == [4, 5, 6]


def test_nobody_who_is_excluded_hears_of_it() -> None:
    story = Story(excluded=[CASE, PRINCIPAL])
    story.report()
    outputs = story.tick(at("2023-06-01 00:00"))
    assert {PETITION, "office_trial"} <= {*told(outputs)}
    assert not {CASE, PRINCIPAL} & {*told(outputs)}
    # In the principal's stead a deputy: nobody's lateness ends unseen.
    assert told_of(outputs, "office_trial")[-1] == "leader_deputy_1"


def test_the_principals_own_lateness_is_told_to_another_of_the_leadership() -> None:
    story = reported().agreed_by(*IN_ORDER[:-1])
    outputs = story.tick(at("2023-06-01 00:00"))
    assert told(outputs) == 3 * [PRINCIPAL, PETITION, CASE] + ["leader_deputy_1"]


def test_a_return_ends_all_lateness_of_its_version() -> None:
    story = reported()
    story.opinion("office_trial", back=True)
    assert story.tick(at("2023-06-01 00:00")) == []
    story.report(2)
    assert due_at(story.state) == at("2023-06-06 00:00")


def test_where_the_district_sets_no_clock_nobody_is_late() -> None:
    story = Story(district=YANFENG.model_copy(update={"review": Reviewing()}))
    submitted = the(story.report(), ReportSubmitted)
    assert submitted.asking is not None
    assert [one.due_at for one in submitted.asking.by] == [None] * 3
    assert story.tick(at("2024-06-01 00:00")) == []


def test_a_return_for_other_reasons_needs_its_words() -> None:
    story = reported()
    message = GiveOpinion.model_validate({"petition": NUMBER, "version": 1, "returned": "other"})
    assert refusal(story.hears("office_trial", signed(message, "office_trial", story.told()))) is (
        RefusalReason.NO_REMARKS
    )
    words = DocumentRef(document="0b6f3b1e-7d53-4c1c-9a0e-2f6d1c9a7e11", digest="a" * 64)
    worded = message.model_copy(update={"remarks": words})
    assert facts(story.hears("office_trial", signed(worded, "office_trial", story.told())))


# -- a corrected calendar ----------------------------------------------------------------------------------------------


def corrected(story: Story, day: date, *, is_worked: bool) -> Sequence[Output]:
    """The district's file says otherwise of a day; the next tick finds the case counted by the older calendar."""
    kind = "working_days" if is_worked else "holidays"
    calendar = Calendar.model_validate({kind: [Days(first=day)]})
    story.district = YANFENG.model_copy(update={"calendar": calendar})
    assert counted_by(story.state) not in (None, revision(calendar))
    return story.heard(recount, CaseRecounted(petition=NUMBER, calendar=revision(calendar)))


@pytest.mark.parametrize(
    ("day", "is_worked", "moved"),
    [
        (date(2023, 3, 3), False, at("2023-03-07 00:00")),
        (date(2023, 3, 4), True, OFFICES),
        (date(2023, 3, 20), False, OFFICES),
    ],
)
def test_a_corrected_calendar_moves_what_is_not_yet_late(day: date, is_worked: bool, moved: datetime) -> None:
    story = reported()
    outputs = corrected(story, day, is_worked=is_worked)
    assert due_at(story.state) == moved
    assert counted_by(story.state) == revision(story.district.calendar)
    assert told(outputs) == (JOINT[0] if moved != OFFICES else [])
    assert [one.reason for one in facts(outputs) if isinstance(one, OpinionsAsked)] == (
        ["calendar"] if moved != OFFICES else []
    )


def test_a_day_that_is_worked_after_all_brings_the_end_nearer() -> None:
    story = Story()
    story.now = at("2023-03-02 09:30")
    story.report()
    assert due_at(story.state) == at("2023-03-07 00:00")
    corrected(story, date(2023, 3, 4), is_worked=True)
    assert due_at(story.state) == at("2023-03-05 00:00")


def test_what_was_said_of_lateness_stays_said() -> None:
    story = reported().agreed_by("office_supervision_1", PETITION)
    story.tick(OFFICES)
    assert corrected(story, date(2023, 3, 3), is_worked=False) == []
    assert due_at(story.state) == AGAIN


def test_a_version_from_before_there_were_clocks_gets_its_days_when_it_is_found() -> None:
    story = reported().agreed_by("office_trial")
    assert isinstance(story.state, UnderReview)
    old = story.state.model_copy(update={"asked": {}, "calendar": ""})
    story.state = TypeAdapter[State](ReviewCase).validate_json(old.model_dump_json())
    assert (due_at(story.state), counted_by(story.state)) == (None, "")
    story.now = at("2023-03-06 00:00")
    message = CaseRecounted(petition=NUMBER, calendar=revision(YANFENG.calendar))
    assert told(story.heard(recount, message)) == ["office_supervision_1", PETITION]
    assert due_at(story.state) == at("2023-03-09 00:00")


# -- whoever steps in --------------------------------------------------------------------------------------------------


def test_whoever_steps_in_has_days_of_their_own_and_the_others_keep_theirs() -> None:
    story = reported().agreed_by("office_supervision_1")
    story.now = at("2023-03-03 09:00")
    fact = TieDeclared(petition=NUMBER, actor="office_trial", assigned=True)
    outputs = story.heard(moves.hear_tie, fact)
    asked = the(outputs, OpinionsAsked)
    assert {one.actor: one.due_at for one in asked.asking.by} == {
        PETITION: OFFICES,
        "leader_deputy_2": at("2023-03-07 00:00"),
    }
    assert told(outputs) == ["leader_deputy_2"]
    late = overdue(story.tick(at("2023-03-07 00:00")))
    assert [(one.actor, one.times) for one in late] == [(PETITION, 1), ("leader_deputy_2", 1)]


def test_whoever_waits_again_for_a_step_before_theirs_is_not_late() -> None:
    story = reported().agreed_by(*JOINT[0])
    fact = TieDeclared(petition=NUMBER, actor="office_trial", assigned=True)
    story.heard(moves.hear_tie, fact)
    late = overdue(story.tick(at("2023-03-03 00:00")))
    assert [one.actor for one in late] == ["leader_deputy_2"]
    story.opinion("leader_deputy_2")
    assert isinstance(story.state, UnderReview)
    # Asked anew on Friday: a working day is over with Monday.
    assert story.state.asked["leader_assist_1"].due_at == at("2023-03-07 00:00")


def test_states_with_asked_and_late_ones_read_back_as_they_were_written() -> None:
    stored = TypeAdapter[State](ReviewCase)
    story = reported()
    story.tick(OFFICES)
    assert stored.validate_json(stored.dump_json(story.state)) == story.state


def test_lateness_stands_in_the_chain_of_records() -> None:
    story = reported()
    story.tick(LAST)
    links = [link for one in story.said if isinstance(link := getattr(one, "link", None), Link)]
    assert len(links) == len(story.said) == 10
    assert [link.place for link in links] == [*range(1, 11)]
    assert [link.previous for link in links] == [None, *(link.hash for link in links[:-1])]
