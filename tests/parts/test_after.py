"""After the conclusion on real servers: objection, a lapse said once, a repeat that reopens, visits; kept meanwhile."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from xinfang_contracts.after import ReopenCase
from xinfang_contracts.intake import Acceptance, Filing, PetitionContent, Reporter
from xinfang_contracts.message import Category, Rank
from xinfang_contracts.review import GiveOpinion

from services.installation import Installation
from tests.eventually import eventually
from tests.faults.script import ZONE_1, Submission, number
from tests.faults.stage import Stage, on_stage
from tests.flows.outside import rows
from tests.flows.test_corrections import numerator, said
from tests.parts.test_pressing import answered, refused, told_of
from tests.pens import pen_of
from tests.rules.afterwards import DOCUMENT, OFFICE, PRINCIPAL, UNIT
from tests.rules.given import YANFENG

YEAR = 2031
NAMED, UNNAMED, REPEAT = (number(YEAR, place) for place in (1, 2, 3))
BEGUN_ON, CAME_BACK_ON = date(YEAR, 1, 6), date(YEAR, 5, 6)
WORDS = DOCUMENT.model_dump()


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Of its own: its clock goes on and on."""
    started: Installation = install()
    return started


@pytest.fixture
async def stage(installation: Installation) -> AsyncIterator[Stage]:
    async with on_stage(installation) as opened:
        yield opened


async def submit(stage: Stage, name: str, reporter: Reporter | None = None) -> None:
    content = PetitionContent(text=f"虚构:{name}说的事", village="430406001001", reporter=reporter)
    await stage.submit(YEAR, Submission(name, "door", "web", content))
    await stage.quiet()


async def screen(stage: Stage, petition: str, decision: Acceptance | Filing) -> None:
    body = decision.model_dump(mode="json", exclude_none=True)
    await answered(stage.installation, OFFICE, "intake.screen_petition.v1", petition=petition, decision=body)
    await stage.quiet()


async def conclude(stage: Stage, petition: str, version: int = 1, yuan: int = 0) -> None:
    installation, of = stage.installation, {"petition": petition, "version": version}
    await answered(installation, UNIT, "review.submit_report.v1", **of, outcome="proved", recovered_yuan=yuan)
    await stage.quiet()
    seen = (await said(stage, "review.report_submitted.v1"))[-1]
    assert (seen["petition"], seen["version"]) == (petition, version)
    for actor in (*ZONE_1, PRINCIPAL):
        opinion = pen_of(actor).signed(GiveOpinion(petition=petition, version=version), YANFENG.code, actor, seen)
        await answered(installation, actor, "review.give_opinion.v1", **opinion.model_dump(mode="json"))
    await stage.quiet()


async def is_(stage: Stage, indicator: str, amount: int) -> None:
    async def held() -> bool:
        return await numerator(stage, indicator) == amount

    await eventually(held)


async def test_an_objection_is_explained_before_anything_rests(installation: Installation, stage: Stage) -> None:
    for day in (date(YEAR, 1, 1), BEGUN_ON):
        await stage.tick(day)
    await stage.declare()
    await stage.enrol()
    await submit(stage, "first", Reporter(name="某拟名", contact="000-1000-0000"))
    await submit(stage, "second")
    decision = Acceptance(category=Category.MASSES, rank=Rank.STAFF, real_name=True)
    for petition, is_named in ((NAMED, True), (UNNAMED, False)):
        about = decision.model_copy(update={"real_name": is_named})
        await screen(stage, petition, about)
        await conclude(stage, petition, yuan=300)
    assert await told_of(installation, "notice_due", NAMED) == [OFFICE, UNIT]
    view = {"petition": NAMED, "view": "dissatisfied", "objection": True}
    assert (await refused(installation, UNIT, "review.record_view.v1", **view))["reason"] == "no_proof"
    await answered(installation, UNIT, "review.record_view.v1", **view, document=WORDS)
    answer = await refused(installation, OFFICE, "review.record_settlement.v1", petition=NAMED)
    assert answer["reason"] == "objection_open"
    await answered(installation, UNIT, "review.answer_objection.v1", petition=NAMED, document=WORDS)
    await answered(installation, UNIT, "review.record_view.v1", petition=NAMED, view="mostly_satisfied")
    await answered(installation, OFFICE, "review.record_settlement.v1", petition=NAMED)
    await is_(stage, "objection_answer_rate", 1)
    await is_(stage, "result_satisfaction_rate", 1)
    await is_(stage, "result_dissatisfied", 0)
    await is_(stage, "settlement_confirmed_rate", 1)


async def test_whom_nobody_hears_of_for_three_months_lapses_once(installation: Installation, stage: Stage) -> None:
    await stage.tick(date(YEAR, 4, 6))
    await stage.quiet()
    assert await said(stage, "review.case_lapsed.v1") == []
    for day in (7, 7, 8):
        await stage.tick(date(YEAR, 4, day), copies=2)
        await stage.quiet()
    (lapsed,) = await said(stage, "review.case_lapsed.v1")
    assert (lapsed["petition"], lapsed["since"], lapsed["lapsed_on"]) == (UNNAMED, "2031-01-06", "2031-04-07")
    assert await told_of(installation, "case_lapsed", UNNAMED) == [OFFICE, UNIT]
    await is_(stage, "settlement_lapsed_rate", 1)
    await is_(stage, "settlement_rate", 2)


async def test_a_repeat_of_a_settled_case_brings_it_back_into_the_same_hands(
    installation: Installation, stage: Stage
) -> None:
    await stage.tick(CAME_BACK_ON)
    await submit(stage, "third")
    filing = Filing(repeat_of=NAMED, basis="规则14")
    await screen(stage, REPEAT, filing)
    (reopened,) = await said(stage, "review.case_reopened.v1")
    assert (reopened["petition"], reopened["repeat"], reopened["ground"]) == (NAMED, REPEAT, "returned")
    (resumed,) = await said(stage, "routing.case_resumed.v1")
    assert (resumed["unit"], resumed["clock"]["due_at"][:10]) == (UNIT, "2031-08-07")
    for fact in ("case_reopened", "case_resumed"):
        assert UNIT in await told_of(installation, fact, NAMED)
    linked = [one for one in await said(stage, "intake.repeat_linked.v1") if one["petition"] == NAMED]
    assert [one.get("unit") for one in linked] == [None, UNIT]
    (named,) = await said(stage, "routing.leader_named.v1")
    assert (named["petition"], named["reasons"]) == (NAMED, ["repeat"])
    await is_(stage, "settlement_confirmed_rate", 0)
    await is_(stage, "cases_reopened", 1)
    await is_(stage, "reopened_rate", 1)
    await is_(stage, "cases_concluded", 2)


async def test_concluded_again_it_counts_once_and_its_money_twice(installation: Installation, stage: Stage) -> None:
    assert (await refused(installation, OFFICE, "review.record_settlement.v1", petition=NAMED))[
        "reason"
    ] == "not_your_turn"
    await conclude(stage, NAMED, 2, yuan=80)
    await answered(installation, UNIT, "review.record_settlement.v1", petition=NAMED)
    ends = [one for one in await said(stage, "review.case_concluded.v1") if one["petition"] == NAMED]
    assert [one.get("reopenings", 0) for one in ends] == [0, 1]
    owed = [one["notice"] for one in await said(stage, "intake.notice_due.v1") if one["kind"] == "result"]
    assert owed == ["result_1", "result_2"]
    await is_(stage, "cases_concluded", 2)
    await is_(stage, "reports_jointly_reviewed", 2)
    await is_(stage, "funds_recovered_in_cases", 680)
    await is_(stage, "settlement_confirmed_rate", 1)


async def test_a_visit_falls_due_is_declined_and_not_planned_again(installation: Installation, stage: Stage) -> None:
    plan: dict[str, Any] = {"petition": NAMED, "on": "2031-05-20"}
    await answered(installation, OFFICE, "review.plan_follow_up.v1", **plan)
    await stage.tick(date(YEAR, 5, 19))
    await stage.quiet()
    assert await said(stage, "review.follow_up_due.v1") == []
    for day in (20, 20, 21):
        await stage.tick(date(YEAR, 5, day), copies=2)
        await stage.quiet()
    (due,) = await said(stage, "review.follow_up_due.v1")
    assert (due["petition"], due["due_at"][:10]) == (NAMED, "2031-05-20")
    assert await told_of(installation, "follow_up_due", NAMED) == [OFFICE, UNIT]
    visit = {"petition": NAMED, "outcome": "declined", "on": "2031-05-21"}
    await answered(installation, UNIT, "review.record_follow_up.v1", **visit)
    answer = await refused(installation, OFFICE, "review.plan_follow_up.v1", petition=NAMED, on="2031-06-20")
    assert answer["reason"] == "visits_declined"
    await is_(stage, "follow_up_visits", 0)


async def test_what_is_handled_again_is_kept_however_old_it_is(installation: Installation, stage: Stage) -> None:
    stranger = await refused(installation, "office_trial", "review.reopen_case.v1", petition=NAMED, ground="returned")
    assert stranger["reason"] == "not_entitled"
    seen = {"link": (await said(stage, "review.case_concluded.v1"))[-1]["link"]}
    again = ReopenCase(petition=NAMED, ground="superior_ordered")
    signed = pen_of(PRINCIPAL).signed(again, YANFENG.code, PRINCIPAL, seen)
    await answered(installation, PRINCIPAL, "review.reopen_case.v1", **signed.model_dump(mode="json"))
    await stage.quiet()
    await stage.tick(BEGUN_ON.replace(year=YEAR + 10) + timedelta(days=300))
    await stage.quiet()
    due = {one["petition"] for one in await said(stage, "intake.erasure_due.v1")}
    assert due == {UNNAMED, REPEAT}
    (row,) = await rows(installation, "SELECT retained_since FROM intake.petitions WHERE petition = $1", NAMED)
    assert row["retained_since"] is None
