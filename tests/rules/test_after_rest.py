"""息访: confirmed, or lapsed with the window, by dates counted by hand; reopened when they come back."""

from datetime import date
from typing import Any

import pytest
from xinfang_contracts.after import CaseLapsed, CaseReopened, RecordView, ReopenCase, SettlementEnded
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.notices import NoticeFailed, NoticeFailure, NoticeKind, NoticeSent
from xinfang_contracts.returning import MaterialAdded
from xinfang_contracts.review import CaseConcluded, CaseSettled, RecordSettlement, ReportSubmitted
from xinfang_contracts.statistics import ResultFedBack
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.review.after.tasks import tasks
from services.review.state import Awaiting, Concluded
from tests.rules.afterwards import DOCUMENT, OFFICE, REPEAT, UNIT, Case, reply, reviewing
from tests.rules.given import NUMBER, case_traits, facts, refusal, the, told


def lapses(story: Case, until: str) -> list[CaseLapsed]:
    return [one for one in story.tick(until) if isinstance(one, CaseLapsed)]


def anonymous(on: str = "2023-03-01") -> Case:
    """Concluded on that day, with nobody to reply to."""
    return Case(real_name=False).on(on).conclude()


@pytest.mark.parametrize(
    ("concluded", "last_day", "lapsed"),
    [
        ("2023-03-01", "2023-06-01", "2023-06-02"),
        ("2023-08-31", "2023-11-30", "2023-12-01"),
        ("2022-11-30", "2023-02-28", "2023-03-01"),
        ("2023-11-30", "2024-02-29", "2024-03-01"),
    ],
)
def test_three_months_end_with_the_day_of_the_same_number_or_the_months_last(
    concluded: str, last_day: str, lapsed: str
) -> None:
    story = anonymous(concluded)
    assert lapses(story, last_day) == []
    (fact,) = lapses(story, lapsed)
    assert (fact.since, fact.window_months) == (date.fromisoformat(concluded), 3)
    assert fact.lapsed_on == date.fromisoformat(lapsed)


def test_a_lapse_is_said_once_at_its_own_moment_however_late_the_tick() -> None:
    story = anonymous()
    assert [one.lapsed_on for one in lapses(story, "2025-01-01")] == [date(2023, 6, 2)]
    assert lapses(story, "2026-01-01") == []


def test_without_a_window_nothing_lapses() -> None:
    story = Case(district=reviewing(settlement_window=None, follow_up=None), real_name=False).conclude()
    assert lapses(story, "2026-01-01") == []


def test_the_window_runs_from_the_reply_and_not_before_anybody_was_told() -> None:
    story = Case().conclude()
    assert lapses(story, "2023-09-01") == []
    story.on("2023-09-04").hear(reply(date(2023, 9, 4)))
    assert lapses(story, "2023-12-04") == []
    (fact,) = lapses(story, "2023-12-05")
    assert fact.since == date(2023, 9, 4)


def test_a_reply_that_came_back_is_none() -> None:
    story = Case().conclude()
    way: dict[str, Any] = {"petition": NUMBER, "notice": "result_1", "kind": NoticeKind.RESULT, "way": "letter"}
    about = case_traits()
    story.hear(NoticeSent(**way, traits=about, sent_on=date(2023, 3, 3), newly_on_time=True))
    story.hear(NoticeFailed(**way, traits=about, reason=NoticeFailure.RETURNED, no_longer_on_time=True))
    assert lapses(story, "2024-03-01") == []
    story.hear(NoticeSent(**way, traits=about, sent_on=date(2024, 3, 3), newly_on_time=False))
    assert [one.since for one in lapses(story, "2024-06-04")] == [date(2024, 3, 3)]


def test_a_notice_of_the_acceptance_is_no_reply() -> None:
    story = Case().conclude()
    story.hear(reply(date(2023, 3, 3), NoticeKind.ACCEPTANCE))
    assert lapses(story, "2024-03-01") == []


def material() -> MaterialAdded:
    return MaterialAdded(petition=NUMBER, document=DOCUMENT)


def test_every_sign_of_the_reporter_begins_the_window_anew() -> None:
    story = anonymous()
    story.on("2023-05-31").hear(material())
    assert lapses(story, "2023-08-31") == []
    assert [one.since for one in lapses(story, "2023-09-01")] == [date(2023, 5, 31)]


def test_it_does_not_lapse_against_who_is_dissatisfied_nor_while_an_objection_is_open() -> None:
    for fields in ({"view": "dissatisfied"}, {"view": "satisfied", "objection": True, "document": DOCUMENT}):
        story = anonymous()
        story.do(RecordView, **fields)
        assert lapses(story, "2024-03-01") == []
    story = anonymous()
    story.do(RecordView, view="dissatisfied")
    story.do(RecordView, view="mostly_satisfied")
    assert len(lapses(story, "2023-06-02")) == 1


def test_it_does_not_lapse_while_a_track_is_open_and_runs_from_its_end() -> None:
    story = anonymous()
    story.hear(TrackOpened(petition=NUMBER, track="substance", holder="housing", document=DOCUMENT, by=OFFICE))
    assert lapses(story, "2023-09-01") == []
    story.on("2023-09-04").hear(
        TrackRecorded(petition=NUMBER, track="substance", state="solved", holder="housing", by=OFFICE)
    )
    assert lapses(story, "2023-12-04") == []
    assert [one.since for one in lapses(story, "2023-12-05")] == [date(2023, 9, 4)]


def test_who_confirms_after_the_lapse_has_settled_it() -> None:
    story = anonymous()
    lapses(story, "2023-06-02")
    fact = the(story.settle(), CaseSettled)
    assert fact.lapsed_on == date(2023, 6, 2)
    assert lapses(story, "2026-01-01") == []
    assert refusal(story.settle()) is RefusalReason.ALREADY_DECIDED


def test_a_confirmed_case_never_lapses() -> None:
    story = anonymous()
    story.settle()
    assert lapses(story, "2026-01-01") == []


@pytest.mark.parametrize("actor", [OFFICE, "leader_deputy_1", "leader_principal"])
@pytest.mark.parametrize("ground", ["returned", "new_evidence", "superior_ordered"])
def test_the_petition_office_and_the_leadership_have_it_handled_again(actor: str, ground: str) -> None:
    story = Case().conclude(yuan=300)
    story.settle()
    outputs = story.on("2023-05-04").do(ReopenCase, actor, ground=ground, document=DOCUMENT)
    fact = the(outputs, CaseReopened)
    assert (fact.ground, fact.times, fact.by, fact.settled_on) == (ground, 1, actor, date(2023, 3, 1))
    assert (fact.conclusion.concluded_on, fact.conclusion.recovered_yuan) == (date(2023, 3, 1), 300)
    assert told(outputs) == [UNIT, *([] if actor == OFFICE else [OFFICE])]
    assert isinstance(story.state, Awaiting)
    assert story.state.version == 2


def test_the_unit_does_not_reopen_its_own_case() -> None:
    assert refusal(Case().conclude().do(ReopenCase, UNIT, ground="returned")) is RefusalReason.NOT_ENTITLED


def test_a_reopened_case_passes_the_whole_chain_again_and_rests_anew() -> None:
    story = Case().conclude(yuan=300)
    story.settle()
    story.on("2023-05-04").do(ReopenCase, ground="returned")
    assert refusal(story.settle()) is RefusalReason.NOT_YOUR_TURN
    assert lapses(story, "2024-01-01") == []
    assert the(story.report(yuan=50), ReportSubmitted).version == 2
    story.sent_back()
    story.on("2024-01-10").conclude(yuan=80)
    last = [one for one in story.said if isinstance(one, CaseConcluded)][-1]
    assert (last.version, last.reopenings, last.recovered_yuan) == (3, 1, 80)
    assert the(story.settle(), CaseSettled).settled_on == date(2024, 1, 10)
    story.do(ReopenCase, ground="returned")
    assert [one.times for one in story.said if isinstance(one, CaseReopened)] == [1, 2]


def test_a_case_that_had_lapsed_and_came_back_lapses_anew() -> None:
    story = anonymous()
    lapses(story, "2023-06-02")
    fact = the(story.on("2023-07-03").do(ReopenCase, ground="returned"), CaseReopened)
    assert fact.lapsed_on == date(2023, 6, 2)
    story.on("2023-08-01").conclude()
    assert [one.since for one in lapses(story, "2023-11-02")] == [date(2023, 8, 1)]
    again = the(story.do(ReopenCase, ground="returned"), CaseReopened)
    assert (again.lapsed_on, again.conclusion.concluded_on) == (date(2023, 11, 2), date(2023, 8, 1))


def test_what_was_replied_before_a_reopening_is_no_reply_to_what_came_of_it() -> None:
    story = Case().conclude().replied()
    story.on("2023-05-04").do(ReopenCase, ground="returned")
    story.on("2023-06-05").conclude()
    assert lapses(story, "2024-06-05") == []
    story.on("2024-06-06").replied()
    assert [one.since for one in lapses(story, "2024-09-07")] == [date(2024, 6, 6)]


def test_a_letter_that_was_on_its_way_at_the_reopening_tells_nobody_of_the_later_result() -> None:
    """It arrives, or comes back, when another result stands: of that one nobody was told, and nothing is undone."""
    story = Case().conclude().replied()
    story.on("2023-05-04").do(ReopenCase, ground="returned")
    story.on("2023-06-05").conclude()
    story.on("2023-06-06").hear(reply(date(2023, 6, 6), number=1))
    assert {task.task for task in tasks(story.state, story.district)} == {"reply"}
    assert lapses(story, "2024-06-05") == []
    story.on("2024-06-06").replied()
    arrived = reply(date(2024, 6, 7), number=1)
    failed = {"petition": NUMBER, "notice": arrived.notice, "kind": arrived.kind, "traits": arrived.traits}
    failed |= {"way": "letter", "reason": NoticeFailure.RETURNED, "no_longer_on_time": False}
    story.on("2024-06-07").hear(NoticeFailed.model_validate(failed))
    assert [one.since for one in lapses(story, "2024-09-07")] == [date(2024, 6, 6)]


def test_a_result_is_fed_back_again_with_the_quarter_of_its_new_conclusion() -> None:
    story = Case().conclude()
    story.tick("2023-04-01")
    story.do(ReopenCase, ground="returned")
    story.on("2023-05-04").conclude()
    story.tick("2023-07-01")
    assert [one.quarter for one in story.said if isinstance(one, ResultFedBack)] == ["2023-Q1", "2023-Q2"]


def test_a_repeat_of_a_concluded_case_reopens_it_once() -> None:
    story = Case().conclude()
    outputs = story.on("2023-05-04").repeat()
    fact = the(outputs, CaseReopened)
    assert (fact.ground, fact.repeat, fact.by) == ("returned", REPEAT, None)
    assert told(outputs) == [UNIT, OFFICE]
    story.conclude()
    assert facts(story.repeat()) == []
    assert isinstance(the(story.repeat("430406-2023-000100"), CaseReopened), CaseReopened)


def test_a_repeat_that_comes_before_the_conclusion_leads_to_nothing_in_whatever_order_it_is_heard() -> None:
    story = Case()
    before = story.state
    assert facts(story.repeat()) == []
    assert story.state == before


def test_that_the_unit_is_told_of_a_repeat_is_no_repeat() -> None:
    story = Case().conclude()
    assert facts(story.repeat(unit=UNIT)) == []


@pytest.mark.parametrize("way", ["settled", "lapsed"])
def test_a_repeat_that_is_a_case_of_its_own_ends_the_rest_and_reopens_nothing(way: str) -> None:
    story = anonymous()
    if way == "settled":
        story.settle()
    else:
        story.tick("2023-06-02")
    fact = the(story.on("2023-09-04").repeat(accepted=True), SettlementEnded)
    assert (fact.settled_on is not None, fact.lapsed_on is not None) == (way == "settled", way == "lapsed")
    assert isinstance(story.state, Concluded)
    assert not story.state.settled
    assert lapses(story, "2026-01-01") == []
    the(story.settle(), CaseSettled)


def test_a_repeat_that_is_a_case_of_its_own_says_nothing_of_what_was_not_at_rest_which_lapses_no_more() -> None:
    story = anonymous()
    assert facts(story.repeat(accepted=True)) == []
    assert lapses(story, "2026-01-01") == []


def test_a_settlement_may_carry_a_paper() -> None:
    story = Case().conclude()
    assert the(story.do(RecordSettlement, UNIT, proof=DOCUMENT), CaseSettled).proof == DOCUMENT


def test_of_a_case_that_review_never_had_nothing_is_heard() -> None:
    story = Case()
    story.state = None
    for fact in (material(), reply(date(2023, 3, 3))):
        assert facts(story.hear(fact)) == []
        assert story.state is None
    assert facts(story.repeat()) == []
