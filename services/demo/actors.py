"""Actors of a district as they really are: plain NATS clients, each with its own credential."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError
from xinfang_contracts.message import Message
from xinfang_contracts.registry import REGISTRY, Kind, Stream

from services.installation import Installation, new_id
from services.runtime.topology import notice_durable

T = TypeVar("T")

ANSWER_SECONDS = 60.0
_COMMANDS = {entry.model: entry for entry in REGISTRY if entry.kind is Kind.COMMAND}
_PASSING = (nats.errors.Error, JetStreamError, OSError, asyncio.TimeoutError)


class Refused(Exception):
    """A command was refused; the text has its type and the reason's code."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice: what fact, its data, and which command it answers (or came of)."""

    fact: str
    data: dict[str, object]
    cause: str


@dataclass
class Actor:
    """One actor of one district: sends commands, reads its notices, remembers what it was told."""

    district: str
    code: str
    client: Client
    told: list[Told] = field(default_factory=list)
    _answers: dict[str, "asyncio.Future[Told]"] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def sign_in(cls, installation: Installation, district: str, code: str) -> "Actor":
        """Connect with this actor's own credential and begin to read its notices."""
        actor = cls(district, code, await installation.connect(f"{district}.{code}"))
        actor._reading = asyncio.create_task(actor._read())
        return actor

    async def sign_out(self) -> None:
        """Disconnect."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self.client.close()

    async def command(self, message: Message, *, message_id: str | None = None) -> Told:
        """Send a command and wait for its answer; sent again, under the same id, until the broker has it.

        Raises Refused.
        """
        entry = _COMMANDS[type(message)]
        message_id = message_id or new_id()
        headers = {
            "ce-specversion": "1.0",
            "ce-id": message_id,
            "ce-type": entry.type,
            "ce-source": f"{self.district}/{self.code}",
            "content-type": "application/json",
            "Nats-Msg-Id": f"{self.district}.{self.code}/{message_id}",
        }
        body = message.model_dump_json(exclude_none=True).encode()
        answer = self._answers.setdefault(message_id, asyncio.get_running_loop().create_future())
        await persist(lambda: self._js.publish(entry.subject(self.district, self.code), body, headers=headers))
        told = await asyncio.wait_for(answer, ANSWER_SECONDS)
        if told.fact == "command_refused":
            raise Refused(f"{entry.type}: {told.data['reason']}")
        return told

    async def until(self, check: Callable[["Actor"], bool]) -> None:
        """Wait for news until ``check`` holds."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while not check(self):
                self._news.clear()
                await self._news.wait()

    @property
    def _js(self) -> JetStreamContext:
        return self.client.jetstream(timeout=5)

    async def _read(self) -> None:
        durable = notice_durable(self.district, self.code)
        subscription = await persist(
            lambda: self.client.jetstream().pull_subscribe_bind(durable=durable, stream=Stream.NOTICES.value)
        )
        while True:
            try:
                messages = await subscription.fetch(100, timeout=2)
            except _PASSING:
                continue
            for message in messages:
                self._note(message.subject, message.data, message.headers or {})
                await message.ack()

    def _note(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        told = Told(subject.split(".")[4], json.loads(data), headers.get("ce-causationid", ""))
        self.told.append(told)
        waiting = self._answers.pop(told.cause, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(told)
        self._news.set()


async def persist(attempt: Callable[[], Awaitable[T]]) -> T:
    """A client's ordinary retry: the same again while the broker is away, for a minute at most."""
    deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
    while True:
        try:
            return await attempt()
        except _PASSING:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
