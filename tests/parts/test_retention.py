"""When the retention period is over, the petition office is told, once, and nothing is erased by itself."""

import json

from xinfang_contracts.registry import Stream
from xinfang_contracts.vault import ErasureDue

from services.installation import Installation
from tests.flows.outside import (
    DISTRICT,
    connected,
    fresh,
    headers_of,
    http,
    next_notice,
    rest,
    rows,
    send,
    stored,
    tick,
)

OFFICE, SCREEN = "office_petition", "intake.screen_petition.v1"


async def due(installation: Installation) -> list[ErasureDue]:
    """What was said of it, to everybody entitled."""
    await rest(installation)
    found = [one for one in await stored(installation, Stream.EVENTS) if one.subject.endswith(".erasure_due.v1")]
    return [ErasureDue.model_validate_json(one.data or b"") for one in found]


async def test_ten_years_after_a_decision_its_erasure_falls_due(installation: Installation) -> None:
    await tick(installation, "2023-03-01")
    async with http(installation) as door, connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
        given = {"channel": "web", "text": "虚构的一件"}
        key = {"Idempotency-Key": fresh("retention-")}
        petition = (await door.post(f"/v1/{DISTRICT}/petitions", json=given, headers=key)).json()["petition"]
        decision = {"kind": "decline", "ground": "no_substance", "basis": "规则13"}
        headers = headers_of(SCREEN)
        await send(office, OFFICE, SCREEN, json.dumps({"petition": petition, "decision": decision}).encode(), headers)
        await next_notice(office, OFFICE, headers["ce-id"])
        await tick(installation, "2033-02-28")
        assert await due(installation) == []
        for day in ("2033-03-02", "2033-03-03"):
            await tick(installation, day)
            (said,) = await due(installation)
            assert (said.petition, said.due_on.isoformat()) == (petition, "2033-03-01")
        notice = await next_notice(office, OFFICE, f"{petition}/retention/2033-03-01")
        assert notice.subject == f"xf.{DISTRICT}.notice.{OFFICE}.erasure_due.v1"
    assert await rows(installation, "SELECT 1 FROM intake.documents WHERE petition = $1", petition)
