"""What tests of the work beside petitions do on real servers: say, be answered, and ask to read."""

import json
from datetime import datetime
from typing import Any

from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.vault import ItemDocumentRead, ReadRefused

from services.installation import Installation
from services.runtime import keys
from services.runtime.clock import civil_date
from tests.flows.outside import DISTRICT, connected, seal
from tests.parts.vaulted import said

TOWN, VILLAGE, UNIT = "430406001", "430406001001", "unit_430406001"
OFFICE, LEADER, OTHER_LEADER, STRANGER = "office_petition", "leader_deputy_1", "leader_deputy_2", "unit_stationed_5"


def today() -> str:
    """The day by the broker's clock, as a district counts it."""
    return civil_date(datetime.now().astimezone()).isoformat()


async def told(installation: Installation, actor: str, command: str, **body: Any) -> dict[str, Any]:
    """The fact that answers a command; a refusal raises."""
    type_, fact = await said(installation, actor, f"intake.{command}.v1", **body)
    assert type_ != "intake.command_refused.v1", fact
    return fact


async def refused(installation: Installation, actor: str, command: str, **body: Any) -> str:
    """The reason of a refusal."""
    type_, fact = await said(installation, actor, f"intake.{command}.v1", **body)
    assert type_ == "intake.command_refused.v1", fact
    return str(fact["reason"])


def words(installation: Installation, text: str | None, village: str | None = VILLAGE) -> str:
    """An item's content, sealed as an office seals it."""
    content = {"text": text, "village": village}
    return seal(installation, {name: value for name, value in content.items() if value is not None})


async def opened(installation: Installation, text: str, actor: str = UNIT) -> str:
    """A mediation's number."""
    content = words(installation, text)
    fact = await told(
        installation, actor, "open_mediation", town=TOWN, on=today(), mediators=["hesilao_1"], content=content
    )
    return str(fact["item"])


async def read(installation: Installation, actor: str, item: str, **more: Any) -> ItemDocumentRead | ReadRefused:
    """One question to read an item."""
    subject = BY_TYPE["intake.read_document.v1"].subject(DISTRICT, actor)
    body = json.dumps({"item": item, "reason": "follow_up"} | more).encode()
    async with connected(installation, f"{DISTRICT}.{actor}") as (client,):
        answer = await client.request(subject, body, timeout=10)
    model = ItemDocumentRead if "content" in json.loads(answer.data) else ReadRefused
    return model.model_validate_json(answer.data)


def text_of(installation: Installation, actor: str, answer: ItemDocumentRead | ReadRefused) -> dict[str, Any]:
    """What the asker's own key makes of it."""
    assert isinstance(answer, ItemDocumentRead), answer
    found: dict[str, Any] = json.loads(
        keys.unseal(answer.content, keys.private_key(installation.folder / "keys", f"{DISTRICT}.{actor}"))
    )
    return found
