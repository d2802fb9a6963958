"""What tests of the vault do: hand in, screen, deposit, ask to read, open the answer."""

import asyncio
import json
from typing import Any

import asyncpg
from nats.aio.client import Client
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.vault import DocumentRead, ReadRefused

from services.installation import Installation
from services.runtime import keys
from tests.eventually import eventually
from tests.flows.outside import (
    DISTRICT,
    connected,
    fresh,
    headers_of,
    http,
    next_notice,
    rows,
    seal,
    send,
)

OFFICE, TRIAL, CASE, PRINCIPAL = "office_petition", "office_trial", "office_case", "leader_principal"
UNIT, ACCUSED, STRANGER = "unit_430406001", "unit_430406003", "unit_stationed_5"
CANARY, PHONE, WORDS = "金丝雀拟名", "139-0000-1234", "虚构的画眉鸟在核查意见里"
DEPOSIT, SCREEN = "intake.deposit_document.v1", "intake.screen_petition.v1"
PROPOSE, APPROVE = "intake.propose_erasure.v1", "intake.approve_erasure.v1"
ORDER = {"ground": "court_order", "basis": "民法典1037"}


async def handed_in(installation: Installation) -> str:
    """A petition on somebody in the accused's unit, as a reporter hands it in."""
    given = {
        "channel": "web",
        "text": f"虚构:{CANARY}看见鱼塘承包款三年没有公布,账目也没有给村民看过",
        "accused": [{"name": "某丁", "rank": "village_or_other", "unit": ACCUSED}],
        "reporter": {"name": CANARY, "contact": PHONE},
        "village": "430406003004",
    }
    async with http(installation) as door:
        key = {"Idempotency-Key": fresh("vault-")}
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json=given, headers=key)
    assert answer.status_code == 201
    return str(answer.json()["petition"])


async def said(installation: Installation, actor: str, type_: str, **body: Any) -> tuple[str, dict[str, Any]]:
    """What an actor is answered: the type and the fact."""
    async with connected(installation, f"{DISTRICT}.{actor}") as (client,):
        headers = headers_of(type_)
        await send(client, actor, type_, json.dumps(body).encode(), headers)
        notice = await next_notice(client, actor, headers["ce-id"])
        return (notice.headers or {})["ce-type"], json.loads(notice.data)


async def declined(installation: Installation) -> str:
    """A petition that is decided without a case."""
    petition = await handed_in(installation)
    decision = {"kind": "decline", "ground": "no_substance", "basis": "规则13"}
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=decision)
    assert type_ == "intake.petition_declined.v1"
    return petition


async def assigned(installation: Installation) -> tuple[str, str]:
    """A petition that has become a case, and its unit, of which intake knows."""
    petition = await handed_in(installation)
    decision = {
        "kind": "accept",
        "category": "masses",
        "rank": "village_or_other",
        "real_name": True,
        "responsible_unit": UNIT,
    }
    await said(installation, OFFICE, SCREEN, petition=petition, decision=decision)

    async def unit() -> Any:
        found = "SELECT state->>'unit' AS unit FROM intake.petitions WHERE petition = $1"
        return (await rows(installation, found, petition))[0]["unit"]

    return petition, str(await eventually(unit))


async def deposited(
    installation: Installation, petition: str, text: str = WORDS, *, actor: str = OFFICE, kind: str = "remarks"
) -> tuple[str, dict[str, Any]]:
    content = seal(installation, {"text": text})
    return await said(installation, actor, DEPOSIT, petition=petition, kind=kind, content=content)


async def ask(client: Client, actor: str, petition: str, **more: Any) -> DocumentRead | ReadRefused:
    """One question to read."""
    subject = BY_TYPE["intake.read_document.v1"].subject(DISTRICT, actor)
    body = {"petition": petition, "reason": "handling"} | more
    answer = await client.request(subject, json.dumps(body).encode(), timeout=10)
    model = DocumentRead if "content" in json.loads(answer.data) else ReadRefused
    return model.model_validate_json(answer.data)


async def read(installation: Installation, actor: str, petition: str, **more: Any) -> DocumentRead | ReadRefused:
    async with connected(installation, f"{DISTRICT}.{actor}") as (client,):
        return await ask(client, actor, petition, **more)


def opened(installation: Installation, actor: str, answer: DocumentRead | ReadRefused) -> bytes:
    """What the asker's private key makes of it."""
    assert isinstance(answer, DocumentRead), answer
    return keys.unseal(answer.content, keys.private_key(installation.folder / "keys", f"{DISTRICT}.{actor}"))


async def execute(installation: Installation, statement: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def restart(installation: Installation) -> None:
    installation.kill_service("intake")
    installation.start_service("intake")
    await asyncio.to_thread(installation.wait_ready, ["intake"])


TABLES = ("vault", "documents", "petitions")


async def kept(installation: Installation, petition: str) -> dict[str, list[asyncpg.Record]]:
    """All rows of a petition, as a backup has them."""
    return {
        table: await rows(installation, f"SELECT * FROM intake.{table} WHERE petition = $1", petition)
        for table in TABLES
    }
