"""Screening on real servers: proposals, verification, returns, transfers down, referrals followed up, repeats told."""

import asyncio
import json
from typing import Any

import pytest
from xinfang_contracts.registry import Stream

from services.installation import Installation
from tests.eventually import eventually
from tests.flows.canary import found_in
from tests.flows.outside import (
    DISTRICT,
    connected,
    fresh,
    http,
    rest,
    rows,
    send,
    stored,
    submission,
    tick,
)
from tests.parts.vaulted import deposited, said

OFFICE, SUPERVISION, ASSISTING, CASE = "office_petition", "office_supervision_2", "leader_assist_2", "office_case"
PARTNER = "partner_yidiantong"
UNIT, NEXT = "unit_430406004", "unit_430406005"
CANARY = "金丝雀拟名"
SCREEN = "intake.screen_petition.v1"
ACCEPT = {"kind": "accept", "category": "integrity", "rank": "village_or_other", "real_name": True}
CLERK_ONLY = {"text": f"虚构:{CANARY}去年虚报了3万元", "village": "430406004201"}
CADRE = {"name": CANARY, "organisation": "某村委会", "post": "村会计", "rank": "village_or_other"}


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """The module's installation on its first day."""
    asyncio.run(tick(installation, "2023-03-01"))
    return installation


async def handed_in(installation: Installation) -> str:
    """A petition on a village cadre, with name and contact."""
    content = CLERK_ONLY | {"accused": [CADRE], "reporter": {"name": CANARY, "contact": "000-1000-0000"}}
    async with http(installation) as door:
        answer = await door.post(
            f"/v1/{DISTRICT}/petitions", json=content | {"channel": "web"}, headers={"Idempotency-Key": fresh("scr-")}
        )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["petition"])


async def told(installation: Installation, actor: str, fact: str, petition: str | None = None) -> list[dict[str, Any]]:
    """Every notice of a fact that an actor was given, once nothing is under way."""
    await rest(installation)
    subject = f"xf.{DISTRICT}.notice.{actor}.{fact}.v1"
    found = [json.loads(one.data) for one in await stored(installation, Stream.NOTICES) if one.subject == subject]
    return [one for one in found if petition is None or one["petition"] == petition]


async def state_of(installation: Installation, petition: str) -> dict[str, Any]:
    """What intake knows of it outside the vault."""
    found = await rows(installation, "SELECT state FROM intake.petitions WHERE petition = $1", petition)
    state: dict[str, Any] = json.loads(found[0]["state"])
    return state


async def accepted(installation: Installation) -> str:
    """A case whose unit intake knows."""
    petition = await handed_in(installation)
    await said(installation, OFFICE, SCREEN, petition=petition, decision=ACCEPT)

    async def unit() -> Any:
        return (await state_of(installation, petition)).get("unit")

    assert await eventually(unit) == UNIT
    return petition


async def value_of(installation: Installation, indicator: str, period: str = "2023") -> float | None:
    """A district figure as a dashboard reads it; None while it is not there."""
    subject = f"xf.{DISTRICT}.metric.{indicator}.{period}"
    for one in reversed(await stored(installation, Stream.METRICS)):
        if one.subject == subject:
            scopes = {scope["scope"]: scope["value"] for scope in json.loads(one.data)["scopes"]}
            return scopes.get("district")
    return None


async def test_the_petition_office_is_told_what_rules_propose_in_codes(installation: Installation) -> None:
    petition = await handed_in(installation)
    (notice,) = await told(installation, OFFICE, "petition_registered", petition)
    by_matter = {one["matter"]: one["value"] for one in notice["proposals"]}
    assert by_matter == {
        "remit": "lower",
        "receiver": UNIT,
        "substance": "concrete",
        "real_name": "candidate",
        "category": "integrity",
        "sub_class": "using_property",
        "rank": "village_or_other",
    }
    assert not found_in({"notice": json.dumps(notice, ensure_ascii=False).encode()}, [CANARY, "虚报"])


async def test_a_partner_hears_of_its_petition_and_nothing_of_what_rules_propose(installation: Installation) -> None:
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (client,):
        await send(client, PARTNER, "intake.submit_petition.v1", submission(installation, CLERK_ONLY))
    (heard,) = await told(installation, PARTNER, "petition_registered")
    (notice,) = await told(installation, OFFICE, "petition_registered", heard["petition"])
    assert notice.pop("proposals")
    assert heard == notice


async def test_a_first_acceptance_reaches_supervision_and_case_management(installation: Installation) -> None:
    petition = await accepted(installation)
    assert await told(installation, SUPERVISION, "petition_accepted", petition)
    assert await told(installation, CASE, "petition_accepted", petition)
    assert not await told(installation, "office_supervision_1", "petition_accepted", petition)


async def test_a_name_that_is_not_confirmed_is_no_real_name(installation: Installation) -> None:
    petition = await handed_in(installation)
    _, record = await deposited(installation, petition, f"虚构:{CANARY}的电话无人接听")
    body = {"petition": petition, "how": "phone", "outcome": "unreachable", "record": record["document"]}
    type_, fact = await said(installation, OFFICE, "intake.verify_reporter.v1", **body)
    assert (type_, fact["real_name"]) == ("intake.reporter_verified.v1", False)
    _, refused = await said(installation, OFFICE, SCREEN, petition=petition, decision=ACCEPT)
    assert refused["reason"] == "not_verified"
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=ACCEPT | {"real_name": False})
    assert type_ == "intake.petition_accepted.v1"


async def test_a_returned_case_leaves_its_unit_the_review_and_the_figures_and_may_come_back(
    installation: Installation,
) -> None:
    petition = await accepted(installation)
    await rest(installation)
    returned = {"petition": petition, "ground": "no_substance"}
    type_, _ = await said(installation, SUPERVISION, "intake.return_to_petition_office.v1", **returned)
    assert type_ == "intake.return_requested.v1"
    assert await told(installation, ASSISTING, "return_requested", petition)
    before = await counted(installation, "accepted")
    type_, _ = await said(installation, ASSISTING, "intake.approve_return.v1", petition=petition)
    assert type_ == "intake.petition_returned.v1"
    assert await told(installation, UNIT, "case_withdrawn", petition)
    assert (await state_of(installation, petition))["status"] == "registered"
    assert await statuses(installation, petition) == ("withdrawn", "withdrawn")
    assert await counted(installation, "accepted") == before - 1
    assert await counted(installation, "acceptances_returned") == 1
    _, fact = await said(installation, OFFICE, SCREEN, petition=petition, decision=ACCEPT)
    assert fact["acceptance"] == 2
    await rest(installation)
    assert await statuses(installation, petition) == ("open", "awaiting")
    assert await counted(installation, "accepted") == before


async def statuses(installation: Installation, petition: str) -> tuple[str, str]:
    """How a case stands in routing and in review."""
    found = await rows(
        installation,
        "SELECT r.state->>'status' AS routing, v.state->>'status' AS review"
        " FROM routing.cases r JOIN review.cases v USING (petition) WHERE petition = $1",
        petition,
    )
    return found[0]["routing"], found[0]["review"]


async def counted(installation: Installation, counter: str) -> int:
    """A counter of the district, over all months."""
    statement = "SELECT coalesce(sum(amount), 0) AS n FROM metrics.counts WHERE counter = $1 AND scope = 'district'"
    await rest(installation)
    return int((await rows(installation, statement, counter))[0]["n"])


async def test_a_lower_organ_takes_what_was_transferred_to_it_or_passes_it_on(installation: Installation) -> None:
    petition = await handed_in(installation)
    decision = {"kind": "transfer_down", "unit": UNIT, "basis": "规则16"}
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, remit="lower", decision=decision)
    assert type_ == "intake.petition_transferred_down.v1"
    assert await told(installation, UNIT, "petition_transferred_down", petition)
    take = "intake.take_transfer.v1"
    _, refused = await said(installation, NEXT, take, petition=petition)
    assert refused["reason"] == "unknown_petition"
    await said(installation, UNIT, take, petition=petition, passed_to=NEXT)
    assert await told(installation, NEXT, "transfer_taken", petition)
    type_, fact = await said(installation, NEXT, take, petition=petition)
    assert (type_, fact["unit"]) == ("intake.transfer_taken.v1", NEXT)


async def test_a_visit_over_the_levels_by_many_is_counted_and_nothing_else(installation: Installation) -> None:
    petition = await handed_in(installation)
    decision = {"kind": "decline", "ground": "no_substance", "basis": "规则13(3)"}
    marks = {"skip_level": "province", "visitors": 7}
    await said(installation, OFFICE, SCREEN, petition=petition, decision=decision, **marks)
    assert await counted(installation, "skip_level_province") == 1
    assert await counted(installation, "no_substance") == 1

    async def published() -> Any:
        return await value_of(installation, "skip_level_petitions")

    assert await eventually(published) == 1


async def test_a_referral_is_followed_up_until_it_is_answered(installation: Installation) -> None:
    petition = await handed_in(installation)
    await said(
        installation,
        OFFICE,
        SCREEN,
        petition=petition,
        decision={"kind": "refer", "receiver": "court", "basis": "规则13(1)"},
    )
    kept = await handed_in(installation)
    filing = {"kind": "keep_on_file", "repeat_of": petition, "basis": "规则14"}
    await said(installation, OFFICE, SCREEN, petition=kept, decision=filing)
    await tick(installation, "2023-03-23")
    (first,) = await told(installation, OFFICE, "referral_overdue", petition)
    assert (first["times"], first["receiver"], first["basis"]) == (1, "court", "规则13")
    step = "intake.record_referral_step.v1"
    _, fact = await said(installation, OFFICE, step, petition=petition, step="urged", on="2023-03-23")
    assert fact["first"] is True
    _, answer = await said(installation, OFFICE, step, petition=petition, step="answered", on="2023-03-24")
    assert answer["step"] == "answered"
    # A quarter later: nobody is reminded any more, and the offices hear of what was kept on file.
    await tick(installation, "2023-04-01")
    await tick(installation, "2023-06-01")
    assert len(await told(installation, OFFICE, "referral_overdue", petition)) == 1
    reports = await told(installation, "office_supervision_1", "repeats_reported")
    assert reports == [{"quarter": "2023-Q1", "kept_on_file": 1, "of_known_cases": 1}]


async def test_no_word_of_a_petition_left_the_vault(installation: Installation) -> None:
    await rest(installation)
    evidence = {
        f"{stream}/{one.seq}": one.data
        for stream in (Stream.EVENTS, Stream.NOTICES, Stream.METRICS)
        for one in await stored(installation, stream)
    }
    assert not found_in(evidence, [CANARY, "虚报", "无人接听"])
