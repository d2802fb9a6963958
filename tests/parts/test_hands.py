"""The right hands on real servers: objections to the cap, the superior's word, ties, a leader's change, the vault."""

import asyncio
import json
from typing import Any

import pytest
from xinfang_contracts.review import GiveOpinion

from services.installation import Installation
from tests.flows.outside import DISTRICT, connected, headers_of, next_notice, rest, rows, send, tick
from tests.parts.test_screening import counted, handed_in, statuses, told
from tests.parts.vaulted import OFFICE, SCREEN, said
from tests.pens import enrol, signed

UNIT, SUPERIOR, PRINCIPAL, CASE, DEPUTY = (
    *("unit_430406004", "superior_430400"),
    *("leader_principal", "office_case", "leader_deputy_2"),
)
ACCEPT = {"kind": "accept", "category": "integrity", "rank": "village_or_other", "real_name": False}
DOCUMENT = {"document": "6c1f6b52-4b55-4f6e-8a51-3f0a5f0d1c11", "digest": "0" * 64}
OBJECT, TIE, CHANGE = "routing.object_to_assignment.v1", "routing.declare_tie.v1", "routing.change_handling.v1"
ABOVE, REPORT, OPINION = "intake.decide_above.v1", "review.submit_report.v1", "review.give_opinion.v1"


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """The module's installation on its first day."""
    asyncio.run(tick(installation, "2023-03-01"))
    return installation


async def case(installation: Installation, **decision: Any) -> str:
    """A case that everybody knows of."""
    petition = await handed_in(installation)
    answer, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=ACCEPT | decision)
    assert answer == "intake.petition_accepted.v1"
    await rest(installation)
    return petition


async def state(installation: Installation, table: str, petition: str) -> dict[str, Any]:
    found = await rows(installation, f"SELECT state FROM {table} WHERE petition = $1", petition)
    known: dict[str, Any] = json.loads(found[0]["state"])
    return known


async def holders(installation: Installation, petition: str) -> set[str]:
    """Who has it, by all three services that keep it; one when they agree."""
    await rest(installation)
    routing = await state(installation, "routing.cases", petition)
    review = await state(installation, "review.cases", petition)
    intake = await state(installation, "intake.petitions", petition)
    return {routing.get("unit") or routing["superior"], review["case"]["unit"], intake["unit"]}


async def object_to(installation: Installation, unit: str, petition: str) -> tuple[str, dict[str, Any]]:
    return await said(installation, unit, OBJECT, petition=petition, reason="not_competent", document=DOCUMENT)


async def test_a_case_bounces_to_the_cap_then_the_superior_designates(installation: Installation) -> None:
    petition = await case(installation)
    assigned, up = await counted(installation, "assigned"), await counted(installation, "sent_up")
    asked = []
    for _ in range(3):
        (holder,) = await holders(installation, petition)
        assert holder not in asked
        asked.append(holder)
        _, fact = await object_to(installation, holder, petition)
        assert fact["bounces"] == len(asked)
    assert asked[0] == UNIT
    assert await holders(installation, petition) == {SUPERIOR}
    assert await counted(installation, "sent_up") == up + 1
    for actor in (UNIT, asked[1], CASE, DEPUTY):
        assert await told(installation, actor, "case_reassigned", petition), actor
    (notice,) = await told(installation, SUPERIOR, "case_sent_up", petition)
    assert notice["rule"] == "objections_spent"
    decision = {"petition": petition, "matter": "designate_unit", "approved": True, "on": "2023-03-01"}
    answer, _ = await said(installation, SUPERIOR, ABOVE, **decision, unit="unit_stationed_5")
    assert answer == "intake.superior_decided.v1"
    assert await holders(installation, petition) == {"unit_stationed_5"}
    assert await statuses(installation, petition) == ("open", "awaiting")
    assert (await counted(installation, "assigned"), await counted(installation, "sent_up")) == (assigned, up)
    assert (await object_to(installation, "unit_stationed_5", petition))[1]["reason"] == "already_decided"


async def tie(installation: Installation, by: str, petition: str, actor: str) -> tuple[str, dict[str, Any]]:
    async with connected(installation, f"{DISTRICT}.{by}") as (client,):
        headers = headers_of(TIE)
        body = {"petition": petition, "actor": actor, "kind": "interest"}
        await send(client, by, TIE, json.dumps(body).encode(), headers)
        notice = await next_notice(client, by, headers["ce-id"])
        return (notice.headers or {})["ce-type"], json.loads(notice.data)


async def test_a_tie_takes_the_case_the_vault_and_the_voice_away(installation: Installation) -> None:
    petition = await case(installation)
    answer, report = await said(installation, UNIT, REPORT, petition=petition, version=1, outcome="proved")
    assert answer == "review.report_submitted.v1"
    await enrol(installation, "office_trial")
    opinion = signed(GiveOpinion(petition=petition, version=1), "office_trial", report)
    body = opinion.model_dump(mode="json", exclude_none=True)
    answer, _ = await said(installation, "office_trial", OPINION, **body)
    assert answer == "review.opinion_given.v1"
    answer, fact = await tie(installation, OFFICE, petition, "office_trial")
    assert answer == "routing.tie_declared.v1"
    assert fact == {"petition": petition, "actor": "office_trial", "assigned": True}
    await rest(installation)
    assert "office_trial" not in (await state(installation, "review.cases", petition))["given"]
    _, refused = await said(installation, "office_trial", OPINION, **body)
    assert refused["reason"] == "unknown_petition"
    answer, _ = await tie(installation, UNIT, petition, UNIT)
    assert answer == "routing.tie_declared.v1"
    (holder,) = await holders(installation, petition)
    assert holder != UNIT
    intake = await state(installation, "intake.petitions", petition)
    assert {UNIT, "office_trial"} <= {*intake["excluded"]}
    review = await state(installation, "review.cases", petition)
    assert (review["status"], review["version"]) == ("awaiting", 2)
    _, refused = await object_to(installation, UNIT, petition)
    assert refused["reason"] == "unknown_petition"
    decision = {"petition": petition, "matter": "designate_unit", "approved": True, "on": "2023-03-01", "unit": UNIT}
    assert (await said(installation, SUPERIOR, ABOVE, **decision))[1]["reason"] == "tied"


async def test_a_leader_crosses_a_case_and_the_load_is_counted(installation: Installation) -> None:
    petition = await case(installation)
    before = await loads(installation)
    answer, fact = await said(installation, PRINCIPAL, CHANGE, petition=petition, mode="crossed", reason="fairness")
    assert answer == "routing.case_reassigned.v1"
    after = await loads(installation)
    assert after == before | {fact["unit"]: before.get(fact["unit"], 0) + 1}
    assert fact["unit"] == min((unit for unit in after if unit != UNIT), key=lambda unit: before.get(unit, 0))
    _, refused = await said(installation, DEPUTY, CHANGE, petition=petition, mode="own", unit=UNIT, reason="other")
    assert refused["reason"] in ("contradictory", "not_entitled")


async def loads(installation: Installation) -> dict[str, int]:
    """Unit -> crossed cases given this year, in the district file's order; the organ's units cross nothing."""
    found = await rows(installation, "SELECT unit, given FROM routing.loads WHERE district = $1", DISTRICT)
    given = {row["unit"]: row["given"] for row in found}
    return {
        unit.code: given.get(unit.code, 0) for unit in installation.districts[DISTRICT].units if unit.kind != "organ"
    }


async def test_what_the_superior_takes_up_is_reviewed_here_no_more(installation: Installation) -> None:
    petition = await case(installation)
    decision = {"petition": petition, "matter": "take_up", "approved": True, "on": "2023-03-01"}
    await said(installation, SUPERIOR, ABOVE, **decision)
    assert await holders(installation, petition) == {SUPERIOR}
    assert await statuses(installation, petition) == ("sent_up", "above")
    _, refused = await said(installation, UNIT, REPORT, petition=petition, version=1, outcome="proved")
    assert refused["reason"] == "not_entitled"
    assert await told(installation, UNIT, "case_sent_up", petition)


async def test_a_superior_that_does_not_decide_in_time_is_told_with_the_principal(installation: Installation) -> None:
    petition = await case(installation)
    for _ in range(3):
        (holder,) = await holders(installation, petition)
        await object_to(installation, holder, petition)
    assert await holders(installation, petition) == {SUPERIOR}
    assert not await told(installation, SUPERIOR, "superior_overdue", petition)
    await tick(installation, "2023-03-17")
    assert len(await told(installation, SUPERIOR, "superior_overdue", petition)) == 1
    assert len(await told(installation, PRINCIPAL, "superior_overdue", petition)) == 1
