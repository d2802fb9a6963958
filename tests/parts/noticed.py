"""What tests of notices do: hand in under a name, accept, send, look."""

import json
from pathlib import Path
from typing import Any

from services.installation import Installation
from services.runtime import keys
from tests.eventually import eventually
from tests.flows.outside import DISTRICT, fresh, http, rows
from tests.parts.opened import restart
from tests.parts.vaulted import OFFICE, SCREEN, said

SEND, RECORD = "intake.send_notice.v1", "intake.record_delivery.v1"
ID = "acceptance_1"
ACCEPT = {"kind": "accept", "category": "masses", "rank": "village_or_other", "real_name": True}


def set_up(installation: Installation, settings: dict[str, Any] | None) -> None:
    """Give the district this mail server, or none, and start intake anew: it reads that at its start."""
    path: Path = installation.folder / "keys" / f"{DISTRICT}.smtp.json"
    path.unlink(missing_ok=True)
    if settings is not None:
        keys.write_secret(path, json.dumps(settings))
    restart(installation)


async def accepted(installation: Installation, name: str, contact: str, text: str, **decision: Any) -> str:
    """A petition under a name, accepted."""
    given = {"channel": "web", "text": text, "reporter": {"name": name, "contact": contact}, "village": "430406003004"}
    async with http(installation) as door:
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json=given, headers={"Idempotency-Key": fresh("notice-")})
    assert answer.status_code == 201
    petition = str(answer.json()["petition"])
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=ACCEPT | decision)
    assert type_ == "intake.petition_accepted.v1"
    return petition


async def notice(installation: Installation, petition: str, id_: str = ID) -> dict[str, Any]:
    """How a notice stands; empty when there is none."""
    found = "SELECT state->'notices'->$2 AS notice FROM intake.petitions WHERE petition = $1"
    (row,) = await rows(installation, found, petition, id_)
    known: dict[str, Any] = json.loads(row["notice"] or "{}")
    return known


async def becomes(installation: Installation, petition: str, status: str, seconds: float = 15) -> dict[str, Any]:
    """The notice, once it has this status."""

    async def is_so() -> dict[str, Any] | None:
        now = await notice(installation, petition)
        return now if now.get("status") == status else None

    return await eventually(is_so, seconds=seconds) or {}
