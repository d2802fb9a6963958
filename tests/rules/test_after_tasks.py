"""What waits for whom after a conclusion."""

from xinfang_contracts.after import AnswerObjection, PlanFollowUp, RecordFollowUp, RecordView, ReopenCase, SendResultUp
from xinfang_contracts.handling import TieDeclared

from services.review.after.tasks import tasks
from tests.rules.afterwards import DOCUMENT, OFFICE, PRINCIPAL, QUIET, UNIT, Case
from tests.rules.given import NUMBER, at
from tests.rules.test_after_views import WITHOUT_PRINCIPAL


def waiting(story: Case) -> set[tuple[str, str]]:
    return {(one.actor, one.task) for one in tasks(story.state, story.district)}


def test_a_named_reporter_waits_for_the_reply_and_an_unnamed_one_for_none() -> None:
    story = Case()
    assert waiting(story) == set()
    story.conclude()
    assert waiting(story) == {(UNIT, "reply"), (OFFICE, "reply")}
    assert waiting(story.replied()) == set()
    assert waiting(Case(real_name=False).conclude()) == set()


def test_an_objection_waits_until_it_is_explained_also_while_the_case_is_checked_again() -> None:
    story = Case().conclude().replied()
    story.do(RecordView, view="dissatisfied", objection=True, document=DOCUMENT)
    assert waiting(story) == {(UNIT, "answer_objection"), (OFFICE, "answer_objection")}
    story.do(ReopenCase, ground="new_evidence")
    assert waiting(story) == {(UNIT, "answer_objection"), (OFFICE, "answer_objection")}
    story.do(AnswerObjection, document=DOCUMENT)
    assert waiting(story) == set()


def test_a_visit_waits_from_its_day_until_it_is_recorded_and_never_for_the_tied() -> None:
    story = Case().conclude().replied()
    story.do(PlanFollowUp, on="2023-04-03")
    assert waiting(story) == set()
    story.tick("2023-04-03")
    assert waiting(story) == {(UNIT, "visit"), (OFFICE, "visit")}
    assert {one.due_at for one in tasks(story.state, story.district)} == {at("2023-04-03 00:00")}
    story.hear(TieDeclared(petition=NUMBER, actor=OFFICE, assigned=True))
    assert waiting(story) == {(UNIT, "visit")}
    story.do(RecordFollowUp, UNIT, outcome="made", on="2023-04-03")
    assert waiting(story) == set()


def test_a_result_waits_for_the_principal_before_it_goes_up() -> None:
    story = Case(district=WITHOUT_PRINCIPAL, transferred=True).conclude().replied()
    assert waiting(story) == {(PRINCIPAL, "send_result_up")}
    story.do(SendResultUp, PRINCIPAL)
    assert waiting(story) == set()
    assert waiting(Case(district=QUIET, transferred=True).conclude().replied()) == set()
