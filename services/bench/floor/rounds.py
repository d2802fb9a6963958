"""Natural batches: what is there, up to 500, in one transaction; published in atomic batches; acknowledged singly."""

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import blake2b

import asyncpg
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.runtime.inbox import Connection

SIZE = 500
WINDOW = 1_000
SINGLY = 6
"""Up to so many outputs are cheaper published one by one."""
JSON = "application/json"

Output = tuple[str, str, dict[str, str], bytes]
"""Stream, subject, headers, body."""


@dataclass
class Said:
    """What a batch leads to."""

    source: str
    outputs: list[Output] = field(default_factory=list)
    early: list[Msg] = field(default_factory=list)
    """What has overtaken the message that it answers: taken up again with the next batch."""

    def fact(self, cause: Msg, type_: str, body: bytes, *told: str) -> None:
        """A fact of this service, and the actors that are told of it."""
        district = cause.subject.split(".", 2)[1]
        self.say("XF_EVENTS", cause, f"xf.{district}.event.{type_}", type_, body)
        for actor in told:
            self.notice(cause, type_, body, actor)

    def notice(self, cause: Msg, type_: str, body: bytes, actor: str) -> None:
        """What one actor is told."""
        district, name = cause.subject.split(".", 2)[1], type_.split(".", 1)[1]
        self.say("XF_NOTICES", cause, f"xf.{district}.notice.{actor}.{name}", type_, body)

    def say(self, stream: str, cause: Msg, subject: str, type_: str, body: bytes) -> None:
        """One message, with the headers that the services send."""
        given = cause.headers or {}
        name = f"{given['ce-id']}.{self.source}.{len(self.outputs)}"
        headers = {
            "ce-specversion": "1.0",
            "ce-id": name,
            "ce-type": type_,
            "ce-source": self.source,
            "content-type": JSON,
            "Nats-Msg-Id": f"{self.source}/{name}",
            "ce-time": given.get("ce-time") or time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "ce-correlationid": given.get("ce-correlationid", given["ce-id"]),
            "ce-causationid": given["ce-id"],
        }
        self.outputs.append((stream, subject, headers, body))


Handle = Callable[[Connection, list[Msg], Said], Awaitable[None]]


class Rounds:
    """One process of the floor."""

    def __init__(self, service: str, client: Client, pool: asyncpg.Pool, handle: Handle) -> None:
        self._service = service
        self._client = client
        self._pool = pool
        self._handle = handle
        self._waiting: deque[tuple[str, Msg]] = deque()
        self._wake = asyncio.Event()
        self._finishing: asyncio.Task[None] | None = None
        self._sequences: list[tuple[bytes, list[int]]] = []

    async def listen(self, stream: str) -> None:
        """Let one durable flow in: a pull request stays open and is topped up before it runs dry."""
        inbox = self._client.new_inbox()
        durable = f"{self._service}_{stream.removeprefix('XF_').lower()}"
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        asked = 0

        async def on_message(msg: Msg) -> None:
            nonlocal asked
            if msg.reply:
                self._waiting.append((stream, msg))
                self._wake.set()
                asked -= 1
            else:
                asked = 0  # the request has run out
            if asked <= WINDOW // 2:
                await self._client.publish(subject, b'{"batch": %d, "expires": 30000000000}' % (WINDOW - asked), inbox)
                asked = WINDOW

        await self._client.subscribe(inbox, cb=on_message, pending_msgs_limit=-1, pending_bytes_limit=-1)
        await self._client.publish(subject, b'{"batch": %d, "expires": 30000000000}' % WINDOW, inbox)
        asked = WINDOW

    async def run(self) -> None:
        """Work off what comes, for ever."""
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            batch = [self._waiting.popleft() for _ in range(min(SIZE, len(self._waiting)))]
            round_id, said = await self._commit(batch)
            self._waiting.extend(one for one in batch if one[1] in said.early)
            done = [msg for _, msg in batch if msg not in said.early]
            if self._finishing is not None:
                await self._finishing
            self._finishing = asyncio.create_task(self._finish(done, round_id, said.outputs))

    async def _commit(self, batch: list[tuple[str, Msg]]) -> tuple[bytes, Said]:
        round_id = (time.time_ns() // 1000).to_bytes(8, "big") + secrets.token_bytes(8)
        keyed = {_key(msg): (stream, msg) for stream, msg in batch}
        ordered = sorted(keyed)
        said = Said(self._service)
        async with self._pool.acquire() as connection, connection.transaction():
            written, self._sequences = self._sequences, []
            for one, sequences in written:
                await connection.execute(
                    f"UPDATE {self._service}.rounds SET sequences = $2::bigint[] WHERE id = $1", one, sequences
                )
            rows = await connection.fetch(
                f"INSERT INTO {self._service}.inbox (key, body_hash, round_id, stream, sequence)"
                " SELECT k, h, $5, s, q FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::bigint[])"
                " AS u (k, h, s, q) ON CONFLICT DO NOTHING RETURNING key",
                ordered,
                [blake2b(keyed[key][1].data, digest_size=16).digest() for key in ordered],
                [keyed[key][0] for key in ordered],
                [int(keyed[key][1].reply.split(".")[-4]) for key in ordered],
                round_id,
            )
            new = {row["key"] for row in rows}
            await self._handle(connection, [msg for key, (_, msg) in keyed.items() if key in new], said)
            if said.early:
                early = [_key(msg) for msg in said.early]
                await connection.execute(f"DELETE FROM {self._service}.inbox WHERE key = ANY($1::bytea[])", early)
            if said.outputs:
                await connection.execute(
                    f"INSERT INTO {self._service}.rounds (id, outputs) VALUES ($1, $2)", round_id, _pack(said.outputs)
                )
        return round_id, said

    async def _finish(self, done: list[Msg], round_id: bytes, outputs: list[Output]) -> None:
        if outputs:
            by_stream: dict[str, list[Output]] = {}
            for output in outputs:
                by_stream.setdefault(output[0], []).append(output)
            parts = [some[i : i + 1000] for some in by_stream.values() for i in range(0, len(some), 1000)]
            found = await asyncio.gather(*(publish_all(self._client, part) for part in parts))
            self._sequences.append((round_id, [one for part in found for one in part]))
        for msg in done:
            await self._client.publish(msg.reply, b"+ACK")


async def publish_all(client: Client, outputs: list[Output]) -> list[int]:
    """Publish to one stream, at most a thousand, and wait until they are on disk; their sequences."""
    if len(outputs) <= SINGLY:
        return await asyncio.gather(*(publish(client, one) for one in outputs))
    batch = secrets.token_hex(12)
    for number, (_, subject, headers, body) in enumerate(outputs[:-1], 1):
        headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        await client.publish(subject, body, headers=headers)
    outputs[-1][2].update({"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(outputs)), "Nats-Batch-Commit": "1"})
    last = await publish(client, outputs[-1])
    return list(range(last - len(outputs) + 1, last + 1))


async def publish(client: Client, output: Output) -> int:
    """Publish one and wait for its acknowledgement; its sequence."""
    _, subject, headers, body = output
    reply = await client.request(subject, body, timeout=30, headers=headers)
    return int(json.loads(reply.data)["seq"])


def _key(msg: Msg) -> bytes:
    """Who spoke, and the id."""
    headers = msg.headers or {}
    speaker = msg.subject if ".command." in msg.subject else headers["ce-source"]
    return blake2b(f"{speaker}\x00{headers['ce-id']}".encode(), digest_size=16).digest()


def _pack(outputs: list[Output]) -> bytes:
    packed = [[stream, subject, headers, body.decode()] for stream, subject, headers, body in outputs]
    return json.dumps(packed, ensure_ascii=False).encode()
