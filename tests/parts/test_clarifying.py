"""After a conclusion, on real servers: what is cleared up step by step or not in time, what only a superior finds,
and a sample that is drawn, handed out, marked, and drawn again from the stream alone.
"""

import json
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from nats.js.errors import NotFoundError
from typer.testing import CliRunner
from xinfang_contracts.clarification import ApproveClarification
from xinfang_contracts.envelope import read
from xinfang_contracts.intake import Acceptance, PetitionContent, Reporter, ScreenPetition
from xinfang_contracts.message import Category, Rank
from xinfang_contracts.registry import BY_TYPE, Stream
from xinfang_contracts.review import Outcome, SubmitReport

from services.cli import app
from services.installation import Installation
from services.review.clarifying.ledger import recounts_due
from services.review.clarifying.state import ClarifyingRecounted
from services.review.quality.proving import draw_again
from services.runtime.calendar import revision
from services.runtime.credentials import seed_file
from tests.eventually import eventually
from tests.faults.script import ZONE_1, Submission, number
from tests.faults.stage import Stage, on_stage
from tests.flows.outside import DISTRICT, rows, stored
from tests.flows.test_corrections import figure, said
from tests.flows.watched import watched
from tests.parts import vaulted
from tests.parts.test_pressing import agree, answered, each, refused, told_of
from tests.pens import pen_of
from tests.rules.clarified import Afterwards
from tests.rules.given import ROOT, YANFENG, at
from tests.rules.pressing import DOCUMENT

YEAR = 2023
UNIT, TRIAL, OFFICE, MANAGEMENT = "unit_430406001", "office_trial", "office_petition", "office_case"
PRINCIPAL, SUPERIOR = "leader_principal", "superior_430400"
FIRST, SECOND = number(YEAR, 1), number(YEAR, 2)
NAME = "金丝雀甲"
CONCLUDED_ON, APPROVED_ON = date(YEAR, 3, 20), date(YEAR, 3, 21)
LAPSED_ON = date(YEAR, 4, 13)
"""Fifteen working days after the approval, counted by hand: 5 April is 清明."""
SLOT = DOCUMENT.model_dump()
PROPOSAL = {"cleared": "person", "grounds": ["rights"], "accused_agrees": True}
DONE = {"on": APPROVED_ON.isoformat(), "ways": ["writing", "meeting"], "scope": "community", "jointly": ["departments"]}


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Of its own: its clock goes on and on."""
    started: Installation = install()
    return started


@pytest.fixture
async def stage(installation: Installation) -> AsyncIterator[Stage]:
    async with on_stage(installation) as opened:
        yield opened


async def begin(stage: Stage) -> None:
    """Two petitions under a real name on one town's matters, both concluded as unfounded."""
    await stage.tick(date(YEAR, 1, 1))
    await stage.declare()
    await stage.enrol()
    await stage.tick(date(YEAR, 3, 6))
    decision = Acceptance(category=Category.MASSES, rank=Rank.STAFF, real_name=True)
    for place in (1, 2):
        reporter = Reporter(name=NAME, contact="139-0000-4321")
        content = PetitionContent(text=f"虚构:第{place}件", village="430406001001", reporter=reporter)
        await stage.submit(YEAR, Submission(f"c{place}", "door", "web", content))
        await stage.quiet()
    await each(stage, OFFICE, [ScreenPetition(petition=number(YEAR, place), decision=decision) for place in (1, 2)])
    await stage.tick(CONCLUDED_ON)
    reports = [SubmitReport(petition=number(YEAR, one), version=1, outcome=Outcome.UNFOUNDED) for one in (1, 2)]
    await each(stage, UNIT, reports)
    for petition in (FIRST, SECOND):
        await agree(stage, petition, *ZONE_1, PRINCIPAL)


async def deposited(installation: Installation, text: str, kind: str = "clarification") -> tuple[str, dict[str, Any]]:
    return await vaulted.deposited(installation, FIRST, text, actor=UNIT, kind=kind)


async def approve(installation: Installation, petition: str, asking: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The principal signs over the assessment, with what they were told."""
    told = {"report": asking["assessment"], "link": asking["link"]}
    command = ApproveClarification(petition=petition, number=1)
    signed = pen_of(PRINCIPAL).signed(command, DISTRICT, PRINCIPAL, told)
    body = json.loads(signed.model_dump_json(exclude_none=True))
    return await vaulted.said(installation, PRINCIPAL, "review.approve_clarification.v1", **body)


async def up_to_the_approval(installation: Installation, petition: str) -> dict[str, Any]:
    """Proposed, assessed, checked, approved; each by its own credential."""
    one = {"petition": petition, "number": 1}
    await answered(installation, UNIT, "review.propose_clarification.v1", petition=petition, **PROPOSAL)
    await answered(installation, UNIT, "review.assess_clarification.v1", **one, document=SLOT)
    asking = await answered(installation, TRIAL, "review.check_clarification.v1", **one, agrees=True)
    type_, approved = await approve(installation, petition, asking)
    assert type_ == "review.clarification_approved.v1", approved
    return approved


async def test_from_a_proposal_to_an_approval_each_step_by_its_own_credential(
    installation: Installation, stage: Stage
) -> None:
    await begin(stage)
    early = await refused(installation, PRINCIPAL, "review.approve_clarification.v1", petition=FIRST, number=1)
    assert early["reason"] == "unknown_item"
    await stage.tick(APPROVED_ON)
    approved = await up_to_the_approval(installation, FIRST)
    assert approved["clock"]["due_at"].startswith(LAPSED_ON.isoformat())
    assert approved["signed"]["person"] == pen_of(PRINCIPAL).person
    assert await told_of(installation, "clarification_approved", FIRST) == sorted([PRINCIPAL, UNIT, OFFICE])
    others = await refused(
        installation, OFFICE, "review.assess_clarification.v1", petition=FIRST, number=1, document=SLOT
    )
    assert others["reason"] == "not_entitled"
    early = await refused(installation, MANAGEMENT, "review.draw_sample.v1", period="2023-Q1")
    assert early["reason"] == "too_early"


async def test_what_is_said_has_passed_the_gate_and_is_written_and_counts_when_it_is_filed(
    installation: Installation, stage: Stage
) -> None:
    one = {"petition": FIRST, "number": 1}
    type_, answer = await deposited(installation, f"经查,{NAME}反映的问题不属实,特此澄清。")
    assert (type_, answer["reason"], answer["details"]) == (
        "intake.command_refused.v1",
        "reveals_reporter",
        ["name"],
    )
    _, remark = await deposited(installation, "经查,所反映的问题不属实。", kind="remarks")
    await stage.quiet()
    carry = "review.carry_out_clarification.v1"
    ungated = await refused(installation, UNIT, carry, **one, **DONE, text=remark["document"])
    assert ungated["reason"] == "not_deposited"
    _, text = await deposited(installation, "经查,所反映的问题不属实,特此澄清。")
    await stage.quiet()
    unwritten = await refused(installation, UNIT, carry, **one, **DONE | {"ways": ["meeting"]}, text=text["document"])
    assert unwritten["reason"] == "not_written"
    made = await answered(installation, UNIT, carry, **one, **DONE, text=text["document"])
    assert (made["on_time"], made["tell_reporter"]) == (True, True)
    await stage.quiet()
    counted = "SELECT amount FROM metrics.counts WHERE counter = 'clarifications_made'"
    assert await rows(installation, counted) == []
    untold = await refused(installation, UNIT, "review.file_clarification.v1", **one)
    assert untold["reason"] == "reporter_not_told"
    await answered(installation, UNIT, "review.file_clarification.v1", **one, reporter="told")
    await eventually(lambda: _is(stage, "clarifications_made", 1))
    await eventually(lambda: _is(stage, "clarifications_made", 1, "way:meeting"))
    await eventually(lambda: _is(stage, "clarifications_made", 1, f"unit:{UNIT}"))


async def test_what_nobody_clears_up_in_time_is_said_once_however_often_the_day_begins(
    installation: Installation, stage: Stage
) -> None:
    await up_to_the_approval(installation, SECOND)
    await stage.tick(LAPSED_ON - timedelta(days=1))
    await stage.quiet()
    assert [one["colour"] for one in await said(stage, "review.clarification_reminded.v1")] == ["yellow", "red"]
    assert await said(stage, "review.clarification_overdue.v1") == []
    for day in (0, 0, 1, 4):
        await stage.tick(LAPSED_ON + timedelta(days=day), copies=2)
        await stage.quiet()
    (late,) = await said(stage, "review.clarification_overdue.v1")
    assert (late["petition"], late["unit"]) == (SECOND, UNIT)
    assert await told_of(installation, "clarification_overdue", SECOND) == sorted([UNIT, OFFICE, PRINCIPAL])
    await eventually(lambda: _is(stage, "clarifications_overdue", 1))


async def test_a_false_accusation_is_put_up_by_the_district_and_found_by_the_superior_alone(
    installation: Installation, stage: Stage
) -> None:
    proposed = await answered(
        installation, OFFICE, "review.propose_false_accusation.v1", petition=SECOND, document=SLOT
    )
    assert proposed["superior"] == SUPERIOR
    assert SUPERIOR in await told_of(installation, "false_accusation_proposed", SECOND)
    finding = {"petition": SECOND, "matter": "false_accusation_finding", "approved": False, "on": "2023-04-17"}
    subject = BY_TYPE["intake.decide_above.v1"].subject
    for actor in (OFFICE, UNIT, PRINCIPAL):
        async with watched(installation, f"{DISTRICT}.{actor}") as one:
            assert await one.may_publish([subject(DISTRICT, actor), subject(DISTRICT, SUPERIOR)]) == []
    await answered(installation, SUPERIOR, "intake.decide_above.v1", **finding)
    await stage.quiet()
    (judged,) = await said(stage, "review.false_accusation_judged.v1")
    assert (judged["petition"], judged["superior"], judged["found"]) == (SECOND, SUPERIOR, False)
    mistaken = await answered(
        installation, OFFICE, "review.record_mistaken_accusation.v1", petition=SECOND, explained=True
    )
    assert mistaken["basis"] == "规则45"


async def test_a_sample_is_drawn_once_by_case_management_and_each_file_is_handed_out(
    installation: Installation, stage: Stage
) -> None:
    draw = "review.draw_sample.v1"
    assert (await refused(installation, TRIAL, draw, period="2023-Q1"))["reason"] == "not_entitled"
    assert (await refused(installation, MANAGEMENT, draw, period="2023-Q2"))["reason"] == "too_early"
    assert (await refused(installation, MANAGEMENT, draw, period="2022"))["reason"] == "empty_period"
    drawn = await answered(installation, MANAGEMENT, draw, period="2023-Q1")
    assert (drawn["frame"], sorted(drawn["petitions"])) == (2, [FIRST, SECOND])
    assert (await refused(installation, MANAGEMENT, draw, period="2023-Q1"))["reason"] == "already_decided"
    for day in (5, 5, 6):
        await stage.tick(LAPSED_ON + timedelta(days=day), copies=2)
        await stage.quiet()
    handed_out = await said(stage, "review.file_sampled.v1")
    assert sorted((one["petition"], one["reviewer"]) for one in handed_out) == [
        (FIRST, MANAGEMENT),
        (SECOND, MANAGEMENT),
    ]
    assert await told_of(installation, "file_sampled", FIRST) == [MANAGEMENT]


async def test_marks_are_given_objected_to_and_decided(installation: Installation, stage: Stage) -> None:
    file = {"petition": FIRST, "period": "2023-Q1"}
    points = [{"item": "facts", "points": 12, "reasons": SLOT}]
    assert (await refused(installation, TRIAL, "review.review_quality.v1", **file))["reason"] == "not_entitled"
    marked = await answered(installation, MANAGEMENT, "review.review_quality.v1", **file, points_off=points)
    assert (marked["score"], marked["excellent"]) == (88, False)
    await answered(installation, MANAGEMENT, "review.review_quality.v1", **file | {"petition": SECOND})
    await eventually(lambda: _is(stage, "files_reviewed", 2))
    await eventually(lambda: _is(stage, "file_excellent_rate", 1))
    await answered(installation, UNIT, "review.object_to_quality.v1", **file, document=SLOT)
    fewer = [points[0] | {"points": 3}]
    decided = await answered(installation, PRINCIPAL, "review.decide_quality.v1", **file, points_off=fewer)
    assert (decided["score_before"], decided["score"], decided["excellent"]) == (88, 97, True)
    await eventually(lambda: _is(stage, "file_excellent_rate", 2))
    assert await measured(stage, "files_reviewed") == 2
    await eventually(lambda: _is(stage, "excellent_rate", 2))


async def test_anybody_draws_the_same_from_the_stream_alone(installation: Installation, stage: Stage) -> None:
    (drawn,) = await said(stage, "review.sample_drawn.v1")
    facts = []
    for one in await stored(installation, Stream.EVENTS):
        envelope, body = read(one.headers, one.data)
        assert envelope.time is not None
        facts.append((BY_TYPE[envelope.type].model.model_validate_json(body), envelope.time))
    proof = draw_again(facts, "2023-Q1", installation.districts[DISTRICT])
    assert proof is not None and (proof.differs, proof.again) == ([], drawn["petitions"])


def test_so_does_the_command_line(installation: Installation) -> None:
    file, seed = ROOT / "deploy/districts/yanfeng.yaml", seed_file(installation.folder / "credentials", "operator")
    command = ["audit", "sample", str(file), "2023-Q1", "--seed", str(seed), "--nats-url", installation.nats.url]
    found = CliRunner().invoke(app, [*command, "--json"])
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    assert (answer["differs"], answer["again"]) == ([], answer["drawn"])
    assert sorted(answer["drawn"]) == [FIRST, SECOND]
    never = CliRunner().invoke(app, [*command[:3], "2023-Q2", *command[4:]])
    assert never.exit_code == 2 and "没有抽取过" in never.output


async def test_what_is_counted_by_another_calendar_is_found_while_it_is_to_be_made(database: str) -> None:
    connection = await asyncpg.connect(database)
    # Nobody has signed these conclusions: without it the store would refuse them.
    await connection.execute("SET session_replication_role = replica")
    for place, stage in enumerate(("checked", "approved", "made"), 1):
        state = Afterwards().up_to(stage).state
        assert state is not None
        await connection.execute(
            "INSERT INTO review.cases (petition, state) VALUES ($1, $2::jsonb)",
            number(YEAR, place),
            state.model_dump_json(),
        )
    known, later = revision(YANFENG.calendar), at("2023-03-06 00:00")
    assert await recounts_due(connection, DISTRICT, known, later, 9) == []
    found = await recounts_due(connection, DISTRICT, "corrected", later, 9)
    assert [one.message for one in found] == [ClarifyingRecounted(petition=SECOND, calendar="corrected")]
    assert await recounts_due(connection, "990001", "corrected", later, 9) == []
    await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM review.samples",
        "UPDATE review.samples SET period = '2022'",
        "DELETE FROM review.sampled",
        "UPDATE review.sampled SET petition = '430406-2023-000009'",
    ],
)
async def test_the_services_own_role_cannot_take_a_draw_back(installation: Installation, statement: str) -> None:
    connection = await asyncpg.connect(installation.postgres.url)
    await connection.execute("SET ROLE xf_review")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


async def measured(stage: Stage, indicator: str, scope: str = "district") -> int:
    """A figure's numerator for the year; 0 while nothing of it was published."""
    try:
        value = await figure(stage, indicator, str(YEAR))
    except NotFoundError:
        return 0
    return {one.scope: one.numerator for one in value.scopes}.get(scope, 0)


async def _is(stage: Stage, indicator: str, amount: int, scope: str = "district") -> bool:
    return await measured(stage, indicator, scope) == amount
