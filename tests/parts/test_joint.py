"""Joint review on real servers: whose turn it is stands in the queue, late ones are told, every voice is kept."""

import asyncio
from typing import Any

import pytest
from xinfang_contracts.review import GiveOpinion

from services.installation import Installation
from tests.flows.outside import rest, rows, tick
from tests.parts.test_hands import OPINION, REPORT, UNIT, case, state, tie
from tests.parts.test_screening import counted, told
from tests.parts.vaulted import OFFICE, said
from tests.pens import enrol, signed

SUPERVISION, TRIAL, CASE = "office_supervision_2", "office_trial", "office_case"
MEMBER, DEPUTY, PRINCIPAL = "leader_assist_2", "leader_deputy_2", "leader_principal"
IN_ORDER = [SUPERVISION, OFFICE, TRIAL, MEMBER, DEPUTY, PRINCIPAL]


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """The module's installation on its first day."""
    asyncio.run(tick(installation, "2023-03-01"))
    asyncio.run(enrol(installation, *IN_ORDER))
    return installation


async def queue(installation: Installation, petition: str) -> list[tuple[str, str, int]]:
    """What is open in a case."""
    found = await rows(
        installation, "SELECT actor, task, version FROM review.tasks WHERE petition = $1 ORDER BY actor", petition
    )
    return [tuple(row) for row in found]


async def report(installation: Installation, petition: str, version: int = 1, **more: Any) -> dict[str, Any]:
    answer, fact = await said(
        installation, UNIT, REPORT, **{"petition": petition, "version": version, "outcome": "proved"} | more
    )
    assert answer == "review.report_submitted.v1", fact
    return fact


async def speak(
    installation: Installation, seen: dict[str, Any], actor: str, **more: Any
) -> tuple[str, dict[str, Any]]:
    """An opinion on a report, signed."""
    opinion = GiveOpinion.model_validate({"petition": seen["petition"], "version": seen["version"]} | more)
    body = signed(opinion, actor, seen).model_dump(mode="json", exclude_none=True)
    return await said(installation, actor, OPINION, **body)


async def agree(installation: Installation, seen: dict[str, Any], *actors: str) -> None:
    for actor in actors:
        answer, fact = await speak(installation, seen, actor)
        assert answer == "review.opinion_given.v1", fact


async def test_a_case_goes_from_queue_to_queue_until_every_voice_is_kept(installation: Installation) -> None:
    petition = await case(installation)
    assert await queue(installation, petition) == [(UNIT, "report", 1)]
    fact = await report(installation, petition, measures=["party_discipline"], disposal="preliminary_check", form=2)
    assert {one["actor"]: one["due_at"][:10] for one in fact["asking"]["by"]} == dict.fromkeys(
        IN_ORDER[:3], "2023-03-04"
    )
    assert await queue(installation, petition) == sorted((actor, "opinion", 1) for actor in IN_ORDER[:3])
    await agree(installation, fact, *IN_ORDER[:3])
    assert await queue(installation, petition) == [(MEMBER, "opinion", 1)]
    answer, _ = await speak(installation, fact, MEMBER, returned="evidence_lacking")
    assert answer == "review.report_returned.v1"
    assert await queue(installation, petition) == [(UNIT, "report", 2)]
    await agree(installation, await report(installation, petition, 2), *IN_ORDER)
    # Of the review nothing is left to do.
    assert {task for _, task, _ in await queue(installation, petition)} <= {"reply"}
    (notice,) = await told(installation, UNIT, "case_concluded", petition)
    assert (notice["version"], notice["jointly_reviewed"]) == (2, True)
    voices = await rows(
        installation, "SELECT version, actor, decision FROM review.opinions WHERE petition = $1", petition
    )
    assert sorted(tuple(row) for row in voices) == sorted(
        [(1, actor, "agreed") for actor in IN_ORDER[:3]]
        + [(1, MEMBER, "returned")]
        + [(2, actor, "agreed") for actor in IN_ORDER]
    )
    (demand,) = await rows(installation, "SELECT version, actors FROM review.demands WHERE petition = $1", petition)
    assert tuple(demand) == (2, IN_ORDER)


async def test_a_report_that_contradicts_itself_is_refused_with_what_does(installation: Installation) -> None:
    petition = await case(installation)
    _, refused = await said(
        installation, UNIT, REPORT, petition=petition, version=1, outcome="unfounded", measures=["party_discipline"]
    )
    assert (refused["reason"], refused["details"]) == ("contradictory", ["unfounded", "party_discipline"])
    assert await queue(installation, petition) == [(UNIT, "report", 1)]


async def test_late_ones_are_told_again_and_again_and_the_last_time_the_principal_too(
    installation: Installation,
) -> None:
    petition = await case(installation)
    await agree(installation, await report(installation, petition), SUPERVISION)
    await tie(installation, OFFICE, petition, CASE)
    await rest(installation)
    before = await counted(installation, "opinions_overdue")
    await tick(installation, "2023-03-04")
    await rest(installation)
    assert await counted(installation, "opinions_overdue") == before + 2
    assert [one["times"] for one in await told(installation, TRIAL, "opinion_overdue", petition)] == [1]
    assert {one["actor"] for one in await told(installation, OFFICE, "opinion_overdue", petition)} == {OFFICE, TRIAL}
    assert await told(installation, PRINCIPAL, "opinion_overdue", petition) == []
    await tick(installation, "2023-03-20")
    await rest(installation)
    assert [one["times"] for one in await told(installation, TRIAL, "opinion_overdue", petition)] == [1, 2, 3]
    assert {one["times"] for one in await told(installation, PRINCIPAL, "opinion_overdue", petition)} == {3}
    assert await told(installation, CASE, "opinion_overdue", petition) == []
    assert await counted(installation, "opinions_overdue") == before + 2
    assert (await state(installation, "review.cases", petition))["status"] == "under_review"
