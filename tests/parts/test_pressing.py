"""Pressing on real servers: hearings at once, letters whose silence is said once, the log that nobody edits, tracks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.intake import Acceptance, PetitionContent, ScreenPetition
from xinfang_contracts.message import Category, Message, Rank
from xinfang_contracts.registry import Stream
from xinfang_contracts.review import GiveOpinion, Outcome, SubmitReport

from services.installation import Installation
from services.routing.pressing import log
from services.routing.pressing.intercession import Entered
from services.routing.pressing.log import first_broken
from tests.eventually import eventually
from tests.faults.script import ZONE_1, Submission, number
from tests.faults.stage import Stage, on_stage
from tests.flows.outside import DISTRICT, rows, stored
from tests.flows.test_corrections import numerator, said
from tests.parts import vaulted
from tests.pens import signed
from tests.rules.given import NOW
from tests.rules.pressing import DEPUTY, DOCUMENT, INTERCEDED, MANAGEMENT, MEMBER, OFFICE, PRINCIPAL, TRIAL, UNIT

YEAR = 2031
ORDINARY, URGENT, REPEAT = (number(YEAR, place) for place in (1, 2, 3))
ACCEPTED_ON, PRESSED_ON, LAPSED_ON = date(YEAR, 3, 5), date(YEAR, 3, 10), date(YEAR, 3, 25)
SLOT = DOCUMENT.model_dump()


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Of its own: its clock goes on and on."""
    started: Installation = install()
    return started


@pytest.fixture
async def stage(installation: Installation) -> AsyncIterator[Stage]:
    async with on_stage(installation) as opened:
        yield opened


async def answered(installation: Installation, actor: str, command: str, **body: Any) -> dict[str, Any]:
    """The fact that answers a command of routing's or review's; a refusal raises."""
    type_, fact = await vaulted.said(installation, actor, command, **body)
    assert not type_.endswith("command_refused.v1"), fact
    return fact


async def refused(installation: Installation, actor: str, command: str, **body: Any) -> dict[str, Any]:
    """A refusal."""
    type_, fact = await vaulted.said(installation, actor, command, **body)
    assert type_.endswith("command_refused.v1"), fact
    return fact


async def told_of(installation: Installation, fact: str, petition: str) -> list[str]:
    """Who was told of it by name, each as often as they were."""
    notices = await stored(installation, Stream.NOTICES)
    of_it = [one for one in notices if f".{fact}." in one.subject and petition.encode() in one.data]
    return sorted(one.subject.split(".")[3] for one in of_it)


async def each(stage: Stage, actor: str, messages: Iterable[Message]) -> None:
    for place, message in enumerate(messages):
        await stage.send(actor, message, f"{type(message).__name__}-{actor}-{place}")
    await stage.quiet()


async def agree(stage: Stage, petition: str, *actors: str) -> None:
    """Each of them signs the version that was handed in last."""
    reports = [one for one in await said(stage, "review.report_submitted.v1") if one["petition"] == petition]
    for actor in actors:
        opinion = GiveOpinion(petition=petition, version=reports[-1]["version"])
        await stage.send(actor, signed(opinion, actor, reports[-1]), f"opinion-{actor}-{petition}-{opinion.version}")
        await stage.quiet()


async def begin(stage: Stage) -> None:
    """Three petitions on one town's matters: an ordinary one, an urgent one and a repeat."""
    await stage.tick(date(YEAR, 1, 1))
    await stage.declare()
    await stage.enrol()
    await stage.tick(ACCEPTED_ON)
    for place in range(3):
        content = PetitionContent(text=f"虚构:第{place}件", village="430406001001")
        await stage.submit(YEAR, Submission(f"p{place}", "door", "web", content))
        await stage.quiet()
    decision = Acceptance(category=Category.MASSES, rank=Rank.STAFF, real_name=False)
    changes: tuple[dict[str, Any], ...] = ({}, {"urgent": True}, {"first_time": False})
    await each(
        stage,
        OFFICE,
        (
            ScreenPetition(petition=number(YEAR, place), decision=decision.model_copy(update=change))
            for place, change in enumerate(changes, 1)
        ),
    )


async def test_what_is_urgent_is_called_to_a_hearing_and_a_repeat_has_its_leader_at_once(
    installation: Installation, stage: Stage
) -> None:
    await begin(stage)
    (called,) = await said(stage, "routing.hearing_called.v1")
    assert called == {"petitions": [URGENT], "rule": "urgent", "reasons": ["urgent"]}
    assert await told_of(installation, "hearing_called", URGENT) == sorted([PRINCIPAL, DEPUTY, MANAGEMENT])
    (named,) = await said(stage, "routing.leader_named.v1")
    assert (named["petition"], named["leader"], named["rule"]) == (REPEAT, DEPUTY, "zone_lead")
    assert await told_of(installation, "leader_named", REPEAT) == [DEPUTY, UNIT]
    (row,) = await rows(installation, "SELECT petition FROM routing.cases WHERE leader = $1", DEPUTY)
    assert row["petition"] == REPEAT
    measure = {"petition": REPEAT, "kind": "visit", "document": SLOT}
    await answered(installation, DEPUTY, "routing.record_measure.v1", **measure)
    assert (await refused(installation, MEMBER, "routing.record_measure.v1", **measure))["reason"] == "not_entitled"


async def test_a_hearing_is_held_and_counts(installation: Installation, stage: Stage) -> None:
    held = {"kind": "special", "held_on": PRESSED_ON.isoformat(), "petitions": [URGENT, REPEAT]}
    await stage.tick(PRESSED_ON)
    stranger = {"attended": [PRINCIPAL, "leader_gone"]}
    answer = await refused(installation, OFFICE, "routing.record_hearing.v1", **held, **stranger)
    assert (answer["reason"], answer["details"]) == ("unknown_actor", ["leader_gone"])
    answer = await refused(
        installation, OFFICE, "routing.record_hearing.v1", **held | {"petitions": [number(YEAR, 99)]}, attended=[DEPUTY]
    )
    assert answer["reason"] == "unknown_petition"
    await answered(installation, OFFICE, "routing.record_hearing.v1", **held, attended=[PRINCIPAL, DEPUTY])
    await eventually(lambda: _is(stage, "special_hearings", 1))


async def test_a_letter_that_nobody_answers_is_said_once(installation: Installation, stage: Stage) -> None:
    letter = {"petition": REPEAT, "ground": "evasive", "letter": SLOT}
    for place, to in enumerate(("housing", UNIT), 1):
        issued = await answered(installation, DEPUTY, "routing.issue_supervision_letter.v1", **letter, to=to)
        assert (issued["number"], issued["clock"]["due_at"][:10]) == (place, LAPSED_ON.isoformat())
    await answered(installation, UNIT, "routing.answer_supervision_letter.v1", petition=REPEAT, number=2, document=SLOT)
    await stage.tick(LAPSED_ON - timedelta(days=1))
    await stage.quiet()
    assert await said(stage, "routing.supervision_letter_overdue.v1") == []
    for day in (0, 0, 1, 5):
        await stage.tick(LAPSED_ON + timedelta(days=day), copies=2)
        await stage.quiet()
    (overdue,) = await said(stage, "routing.supervision_letter_overdue.v1")
    assert (overdue["petition"], overdue["number"], overdue["to"]) == (REPEAT, 1, "housing")
    assert await told_of(installation, "supervision_letter_overdue", REPEAT) == sorted([DEPUTY, MANAGEMENT])
    await answered(
        installation, OFFICE, "routing.answer_supervision_letter.v1", petition=REPEAT, number=1, document=SLOT
    )
    await eventually(lambda: _is(stage, "supervision_letters_issued", 2))
    await eventually(lambda: _is(stage, "supervision_letters_overdue", 1))
    await eventually(lambda: _is(stage, "supervision_letter_on_time_rate", 1))


async def _is(stage: Stage, indicator: str, amount: int) -> bool:
    return await numerator(stage, indicator) == amount


# -- the log ---------------------------------------------------------------------------------------------------------


async def as_role(installation: Installation) -> asyncpg.Connection:
    """A connection with the rights of the service's own role."""
    connection = await asyncpg.connect(installation.postgres.url)
    await connection.execute("SET ROLE xf_routing")
    return connection


async def test_an_intercession_is_recorded_for_good(installation: Installation, stage: Stage) -> None:
    plea = {"petition": REPEAT, "manner": "pleaded", "by_kind": "colleague", "on": PRESSED_ON.isoformat()}
    for actor, by in ((UNIT, MANAGEMENT), (TRIAL, None), (OFFICE, PRINCIPAL)):
        body = plea | {"document": SLOT} | ({"by": by} if by else {})
        await answered(installation, actor, "routing.record_intercession.v1", **body)
    # Each recorder is answered; whoever it is about never is told.
    told = await told_of(installation, "intercession_recorded", REPEAT)
    assert told == sorted([UNIT, PRINCIPAL, TRIAL, MANAGEMENT, PRINCIPAL, OFFICE, MANAGEMENT])
    await eventually(lambda: _is(stage, "intercessions_recorded", 3))
    found = await rows(installation, "SELECT number, recorded_by FROM routing.intercessions ORDER BY number")
    assert [tuple(row) for row in found] == [(1, UNIT), (2, TRIAL), (3, OFFICE)]


CHANGES = (
    "UPDATE routing.intercessions SET manner = 'asked_about'",
    "DELETE FROM routing.intercessions WHERE number = 3",
    "TRUNCATE routing.intercessions",
)


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_services_own_role_cannot_change_the_log(installation: Installation, statement: str) -> None:
    connection = await as_role(installation)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    assert await connection.fetchval("SELECT count(*) FROM routing.intercessions") == 3
    await connection.close()


@pytest.mark.parametrize("statement", CHANGES)
async def test_nor_does_whoever_owns_the_table(installation: Installation, statement: str) -> None:
    connection = await asyncpg.connect(installation.postgres.url)
    with pytest.raises(asyncpg.RaiseError, match="only added to"):
        await connection.execute(statement)
    assert await connection.fetchval("SELECT count(*) FROM routing.intercessions") == 3
    await connection.close()


async def test_nor_does_a_role_that_was_given_every_right_on_it(installation: Installation) -> None:
    owner = await asyncpg.connect(installation.postgres.url)
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("GRANT ALL ON routing.intercessions TO xf_routing")
    await owner.execute("SET LOCAL ROLE xf_routing")
    with pytest.raises(asyncpg.RaiseError, match="only added to"):
        await owner.execute(CHANGES[0])
    await transaction.rollback()
    await owner.close()


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE routing.intercessions SET manner = 'asked_about' WHERE number = 2", 2),
        ("DELETE FROM routing.intercessions WHERE number = 1", 1),
        ("UPDATE routing.intercessions SET by_actor = NULL WHERE number = 3", 3),
    ],
)
async def test_the_chain_tells_where_somebody_took_the_lock_off(
    installation: Installation, change: str, broken: int
) -> None:
    connection = await asyncpg.connect(installation.postgres.url)
    assert await first_broken(connection, DISTRICT) is None
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("ALTER TABLE routing.intercessions DISABLE TRIGGER USER")
    await connection.execute(change)
    assert await first_broken(connection, DISTRICT) == broken
    await transaction.rollback()
    assert await first_broken(connection, DISTRICT) is None
    await connection.close()


# -- two tracks ------------------------------------------------------------------------------------------------------


async def test_a_petition_rests_only_when_its_other_track_is_done(installation: Installation, stage: Stage) -> None:
    report = SubmitReport(petition=REPEAT, version=1, outcome=Outcome.PROVED)
    await each(stage, UNIT, [report])
    track = {"petition": REPEAT, "track": "substance", "document": SLOT}
    await answered(installation, OFFICE, "routing.open_track.v1", **track, holder="housing")
    await agree(stage, REPEAT, *ZONE_1, PRINCIPAL)
    settle: Callable[[], Awaitable[tuple[str, dict[str, Any]]]] = lambda: vaulted.said(  # noqa: E731
        installation, OFFICE, "review.record_settlement.v1", petition=REPEAT
    )
    type_, answer = await settle()
    assert (type_, answer["reason"], answer["details"]) == ("review.command_refused.v1", "track_open", ["substance"])
    await answered(installation, UNIT, "routing.record_track.v1", **track, state="solved", yuan=4860)
    await stage.quiet()
    assert (await settle())[0] == "review.case_settled.v1"
    await stage.quiet()
    late = await refused(installation, OFFICE, "routing.open_track.v1", **track, holder="court")
    assert late["reason"] == "already_decided"
    (row,) = await rows(installation, "SELECT leader FROM routing.cases WHERE petition = $1", REPEAT)
    assert row["leader"] is None


# -- the committee's months ------------------------------------------------------------------------------------------


async def test_a_month_without_the_committees_hearing_is_said_once_however_late_the_ticks_are(
    installation: Installation, stage: Stage
) -> None:
    assert [one["month"] for one in await said(stage, "routing.monthly_hearing_missed.v1")] == ["2031-01", "2031-02"]
    held = {"kind": "monthly", "held_on": date(YEAR, 3, 12).isoformat(), "attended": [PRINCIPAL]}
    await answered(installation, OFFICE, "routing.record_hearing.v1", **held)
    for day in (date(YEAR, 4, 1), date(YEAR, 4, 1), date(YEAR, 7, 2), date(YEAR, 7, 3)):
        await stage.tick(day, copies=2)
        await stage.quiet()
    missed = [one["month"] for one in await said(stage, "routing.monthly_hearing_missed.v1")]
    assert missed == ["2031-01", "2031-02", "2031-04", "2031-05", "2031-06"]
    assert await told_of(installation, "monthly_hearing_missed", "2031-06") == sorted([OFFICE, PRINCIPAL])
    await eventually(lambda: _is(stage, "monthly_hearings", 1))


async def test_two_writers_at_once_make_one_chain(database: str) -> None:
    first, second = await asyncpg.connect(database), await asyncpg.connect(database)
    transaction = first.transaction()
    await transaction.start()
    await log.add(first, [(DISTRICT, Entered(INTERCEDED, NOW))] * 2)
    waiting = asyncio.ensure_future(_add(second))
    await eventually(lambda: _waits(first))
    await transaction.commit()
    await waiting
    numbers = await first.fetch("SELECT number FROM routing.intercessions ORDER BY number")
    assert [row["number"] for row in numbers] == [1, 2, 3]
    assert await log.first_broken(first, DISTRICT) is None
    await first.close()
    await second.close()


async def _add(connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        await log.add(connection, [(DISTRICT, Entered(INTERCEDED, NOW))])


async def _waits(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
