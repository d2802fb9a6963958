"""Who stands outside: plain clients with their own credentials, and bytes as any system may send them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import asyncpg
import httpx
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError
from xinfang_contracts.deadletter import DeadLetter
from xinfang_contracts.registry import BY_TYPE, Kind, Stream, clock_subject

from services.demo.quiet import all_ticked, quiet
from services.installation import Installation
from services.runtime import keys, tokens

DISTRICT = "430406"
PARTNER = "partner_yidiantong"
SUBMIT = "intake.submit_petition.v1"
_numbers = count(1)


def fresh(prefix: str = "flow") -> str:
    """A message id or key that this run has not used."""
    return f"{prefix}-{next(_numbers):08d}"


def headers_of(type_: str, message_id: str | None = None, **more: str) -> dict[str, str]:
    """CloudEvents in binary mode, as a sender writes them."""
    return {
        "ce-specversion": "1.0",
        "ce-id": message_id or fresh(),
        "ce-type": type_,
        "ce-source": "https://partner.example/push",
        "content-type": "application/json",
    } | more


def subject_of(type_: str, actor: str, district: str = DISTRICT) -> str:
    """Where an actor sends a command."""
    return BY_TYPE[type_].subject(district, actor)


def seal(installation: Installation, content: object, reader: str = keys.VAULT) -> str:
    """A JWE for the vault (or another reader) of anything, right or wrong."""
    text = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return keys.seal(text, keys.public_key(installation.folder / "keys", reader))


def submission(installation: Installation, content: object, channel: str = "yidiantong") -> bytes:
    """The body of a good SubmitPetition."""
    return json.dumps({"channel": channel, "content": seal(installation, content)}).encode()


async def send(client: Client, actor: str, type_: str, body: bytes, headers: Mapping[str, str] | None = None) -> int:
    """Publish one command as an actor of the district; returns its place in the stream."""
    js = client.jetstream(timeout=10)
    ack = await js.publish(subject_of(type_, actor), body, headers=dict(headers or headers_of(type_)))
    return ack.seq


@asynccontextmanager
async def connected(installation: Installation, *users: str) -> AsyncIterator[tuple[Client, ...]]:
    """Plain clients of these users, closed at the end."""
    clients = [await installation.connect(user) for user in users]
    try:
        yield tuple(clients)
    finally:
        for client in clients:
            await client.close()


async def tick(installation: Installation, day: str) -> None:
    """Let the district's day begin, and every service know it."""
    async with connected(installation, "clock", "operator") as (clock, operator):
        await clock.jetstream().publish(
            clock_subject(DISTRICT, "day"), b"{}", headers={"ce-time": f"{day}T00:00:00+08:00"}
        )
        await all_ticked(operator)


async def rest(installation: Installation) -> None:
    """Wait until nothing is under way."""
    async with connected(installation, "operator") as (operator,):
        await quiet(operator)


def http(installation: Installation) -> httpx.AsyncClient:
    """A client of intake's doors."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{installation.running['intake'].port}", timeout=40)


def clerk(installation: Installation) -> dict[str, str]:
    """The headers with which the petition office hands in its ledger."""
    secret = keys.secret(installation.folder / "keys", tokens.SECRET)
    token = tokens.make(secret, "office_petition", DISTRICT, hours=1)
    return {"Authorization": f"Bearer {token}", "Content-Type": "text/csv; charset=utf-8"}


async def next_notice(client: Client, actor: str, cause: str) -> Msg:
    """The notice that answers a command; read from the actor's own durable, by name, as any nats-py client can."""
    js = client.jetstream(timeout=10)
    durable = f"notice_{DISTRICT}_{actor}"
    pull = await js.pull_subscribe_bind(durable=durable, stream=Stream.NOTICES.value)
    try:
        while True:
            for notice in await pull.fetch(10, timeout=10):
                await notice.ack()
                if (notice.headers or {}).get("ce-causationid") == cause:
                    return notice
    finally:
        await pull.unsubscribe()


async def rows(installation: Installation, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    """From the database, as its owner."""
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        found: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        return found
    finally:
        await connection.close()


async def stored(installation: Installation, stream: Stream) -> list[Any]:
    """All messages of a stream, as the operator reads them."""
    async with connected(installation, "operator") as (operator,):
        js = operator.jetstream()
        state = (await js.stream_info(stream.value)).state
        found = []
        for sequence in range(max(state.first_seq, 1), state.last_seq + 1):
            try:
                found.append(await js.get_msg(stream.value, sequence))
            except NotFoundError:
                continue
        return found


async def dead_letters(installation: Installation) -> dict[int, DeadLetter]:
    """Dead letters by the place of what they bury; a place that stands twice raises."""
    found: dict[int, DeadLetter] = {}
    for message in await stored(installation, Stream.DEAD):
        letter = DeadLetter.model_validate_json(message.data)
        assert letter.sequence not in found, f"buried twice: {letter}"
        assert (message.headers or {})["ce-type"] == BY_TYPE["runtime.dead_letter.v1"].type
        assert message.subject.split(".")[2] == Kind.DEAD
        found[letter.sequence] = letter
    return found


def unsealed(installation: Installation, letter: DeadLetter) -> tuple[dict[str, str], bytes]:
    """What a dead letter holds for the holder of the vault's key: headers and bytes."""
    private = keys.private_key(installation.folder / "keys", keys.VAULT)
    headers, _, body = keys.unseal(letter.sealed, private).partition(b"\n")
    return json.loads(headers), body
