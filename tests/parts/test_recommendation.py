"""规则34 on real servers: three confirmed petitions on one unit, a recommendation to it once, until it is rectified."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.intake import Acceptance, PetitionContent, Reporter, ScreenPetition
from xinfang_contracts.message import Category, Message, Rank
from xinfang_contracts.registry import Stream
from xinfang_contracts.review import Outcome, SubmitReport
from xinfang_contracts.vault import ReadRefused

from services.installation import Installation
from services.intake.beside.confirmed import recommendations_due
from services.runtime.clock import ZONE
from tests.eventually import eventually
from tests.faults.script import ZONE_1, Submission, number
from tests.faults.stage import Stage, on_stage
from tests.flows.outside import rows, stored
from tests.flows.test_corrections import numerator, said
from tests.parts.beside import OFFICE, STRANGER, UNIT, read, refused, text_of, told, words
from tests.parts.test_pressing import agree
from tests.parts.vaulted import ACCUSED
from tests.parts.vaulted import read as read_petition
from tests.rules.given import LIUYUAN, YANFENG

YEAR = 2031
NAME, TEXT, DONE = "画眉拟名", "虚构:请公开账目并限期整改", "虚构:账目已经公开"
OUTCOMES = (Outcome.PROVED, Outcome.PARTLY_PROVED, Outcome.UNFOUNDED, Outcome.PROVED)
PETITIONS = [number(YEAR, place) for place in range(1, len(OUTCOMES) + 1)]
CONFIRMED = [one for one, outcome in zip(PETITIONS, OUTCOMES, strict=True) if outcome is not Outcome.UNFOUNDED]
CONCLUDED, PROPOSED_ON, DUE_ON = date(YEAR, 4, 3), date(YEAR, 4, 4), date(YEAR, 5, 31)
SUPERVISING = {OFFICE, "office_supervision_1", "office_case"}


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Of its own: what is confirmed elsewhere would count."""
    started: Installation = install()
    return started


@pytest.fixture
async def stage(installation: Installation) -> AsyncIterator[Stage]:
    async with on_stage(installation) as opened:
        yield opened


async def concluded(stage: Stage) -> None:
    """Four petitions on people of one unit, each through its whole chain."""
    await stage.tick(date(YEAR, 1, 1))
    await stage.declare()
    await stage.enrol()
    await stage.tick(date(YEAR, 3, 5))
    for place, topic in enumerate(("鱼塘发包", "低保名额", "道路工程", "山林租金")):
        reporter = Reporter(name=NAME, contact="139-0000-1234")
        content = PetitionContent(text=f"虚构:{topic}没有公示", reporter=reporter)
        await stage.submit(YEAR, Submission(f"r{place}", "door", "web", content))
        await stage.quiet()
    decision = Acceptance(
        category=Category.MASSES, rank=Rank.STAFF, real_name=False, responsible_unit=UNIT, accused_unit=ACCUSED
    )
    await each(stage, OFFICE, (ScreenPetition(petition=one, decision=decision) for one in PETITIONS))
    await stage.tick(CONCLUDED)
    cases = zip(PETITIONS, OUTCOMES, strict=True)
    reports = [SubmitReport(petition=one, version=1, outcome=outcome) for one, outcome in cases]
    await each(stage, UNIT, reports)
    for petition in PETITIONS:
        await agree(stage, petition, *ZONE_1, "leader_principal")


async def each(stage: Stage, actor: str, messages: Iterable[Message]) -> None:
    for place, message in enumerate(messages):
        await stage.send(actor, message, f"{type(message).__name__}-{actor}-{place}")
    await stage.quiet()


async def kept(installation: Installation) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await rows(installation, "SELECT * FROM intake.confirmed ORDER BY petition")]


async def told_of(installation: Installation, fact: str) -> set[str]:
    """Who was told of it by name."""
    notices = await stored(installation, Stream.NOTICES)
    return {one.subject.split(".")[3] for one in notices if f".{fact}." in one.subject}


async def test_three_confirmed_petitions_propose_one_recommendation_and_are_counted_once(
    installation: Installation, stage: Stage
) -> None:
    await concluded(stage)
    assert await kept(installation) == [(one, ACCUSED, CONCLUDED, None) for one in CONFIRMED]
    for days in range(3):
        await stage.tick(PROPOSED_ON + timedelta(days=days))
        await stage.quiet()
    (proposed,) = await said(stage, "intake.recommendation_proposed.v1")
    assert proposed == {
        "item": f"430406-A-{YEAR}-000001",
        "unit": ACCUSED,
        "confirmed": 3,
        "since": CONCLUDED.isoformat(),
        "basis": "规则34",
    }
    assert await told_of(installation, "recommendation_proposed") == SUPERVISING
    assert await kept(installation) == [(one, ACCUSED, CONCLUDED, proposed["item"]) for one in CONFIRMED]


async def item_of(stage: Stage) -> str:
    (proposed,) = await said(stage, "intake.recommendation_proposed.v1")
    return str(proposed["item"])


async def test_an_office_issues_it_in_words_that_reveal_nobody_and_the_unit_reads_them_alone(
    installation: Installation, stage: Stage
) -> None:
    item = await item_of(stage)
    issue = {"item": item, "kind": "supervision", "due_on": DUE_ON.isoformat()}
    leaking = words(installation, f"虚构:{NAME}反映的问题", None)
    assert await refused(installation, OFFICE, "issue_recommendation", **issue, content=leaking) == "reveals_reporter"
    content = words(installation, TEXT, None)
    assert await read(installation, ACCUSED, item) == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]
    assert await refused(installation, "office_trial", "issue_recommendation", **issue, content=content) == (
        "not_entitled"
    )
    issued = await told(installation, "office_supervision_1", "issue_recommendation", **issue, content=content)
    assert issued["unit"] == ACCUSED
    assert await refused(installation, OFFICE, "drop_recommendation", item=item, reason="other") == "already_decided"
    assert text_of(installation, ACCUSED, await read(installation, ACCUSED, item)) == {"text": TEXT}
    for stranger in (UNIT, STRANGER):
        assert await read(installation, stranger, item) == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]
    for petition in CONFIRMED:
        answer = await read_petition(installation, ACCUSED, petition)
        assert answer == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]
    assert await told_of(installation, "recommendation_issued") == {*SUPERVISING, ACCUSED}


async def test_no_answer_in_time_is_said_once_and_an_answer_is_checked(
    installation: Installation, stage: Stage
) -> None:
    item = await item_of(stage)
    await stage.tick(DUE_ON)
    await stage.quiet()
    assert await said(stage, "intake.recommendation_overdue.v1") == []
    for days in range(1, 4):
        await stage.tick(DUE_ON + timedelta(days=days))
        await stage.quiet()
    (overdue,) = await said(stage, "intake.recommendation_overdue.v1")
    assert (overdue["item"], overdue["due_on"]) == (item, DUE_ON.isoformat())
    assert await told_of(installation, "recommendation_overdue") == {*SUPERVISING, ACCUSED}
    content = words(installation, DONE, None)
    assert await refused(installation, UNIT, "answer_recommendation", item=item, content=content) == "not_entitled"
    answered = await told(installation, ACCUSED, "answer_recommendation", item=item, content=content)
    document = answered["document"]["document"]
    shown = await read(installation, "office_case", item, document=document)
    assert text_of(installation, "office_case", shown) == {"text": DONE}
    await told(installation, "office_case", "close_recommendation", item=item, rectified=True)
    assert await refused(installation, OFFICE, "close_recommendation", item=item, rectified=False) == "already_decided"
    for indicator in ("recommendations_issued", "recommendations_rectified", "rectification_rate"):
        await eventually(lambda: _is(stage, indicator, 1))  # noqa: B023


async def _is(stage: Stage, indicator: str, amount: int) -> bool:
    return await numerator(stage, indicator) == await numerator(stage, indicator, f"unit:{ACCUSED}") == amount


async def test_what_was_said_is_nowhere_readable_and_an_erased_petition_counts_no_more(
    installation: Installation, stage: Stage
) -> None:
    for stream in (Stream.EVENTS, Stream.NOTICES, Stream.COMMANDS, Stream.METRICS):
        found = b"".join(one.data for one in await stored(installation, stream))
        assert not any(one.encode() in found for one in (TEXT, DONE, NAME))
    order = {"ground": "court_order", "basis": "民法典1037"}
    first, *others = CONFIRMED
    await told(installation, OFFICE, "propose_erasure", petition=first, **order)
    for actor in ("leader_principal", "office_case"):
        await told(installation, actor, "approve_erasure", petition=first)
    assert [petition for petition, *_ in await kept(installation)] == others


async def test_what_is_due_comes_in_pages_and_leaves_out_the_old_the_counted_and_the_unknown(database: str) -> None:
    unit = "unit_43040600{}".format
    due = [(unit(1), PROPOSED_ON, None), (unit(2), PROPOSED_ON, None), (unit(3), PROPOSED_ON, None)]
    not_due = [
        (unit(4), PROPOSED_ON - timedelta(days=367), None),
        (unit(5), PROPOSED_ON, "430406-A-2031-000009"),
        ("unit_gone", PROPOSED_ON, None),
    ]
    given = [(number(YEAR, place), *one) for place, one in enumerate([*due, *not_due] * 3, 1)]
    connection = await asyncpg.connect(database)
    await connection.executemany("INSERT INTO intake.confirmed VALUES ($1, $2, $3, $4)", given)
    moment = datetime.combine(PROPOSED_ON, time.min, ZONE)
    pages = [await recommendations_due(connection, YANFENG, moment, limit) for limit in (2, 500)]
    elsewhere = await recommendations_due(connection, LIUYUAN, moment, 500)
    await connection.close()
    units = [[getattr(one.message, "unit", None) for one in page] for page in pages]
    assert units == [[unit(1), unit(2)], [unit(1), unit(2), unit(3)]]
    assert elsewhere == []
