"""Actors of a district as they really are: plain NATS clients, each with its own credential."""

import asyncio
import json
from collections import defaultdict
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
from services.runtime import wire
from services.runtime.incoming import Delivery
from services.runtime.pull import Pull
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
    told: dict[object, list[Told]] = field(default_factory=lambda: defaultdict(list))
    """Notices by petition."""
    _answers: dict[str, "asyncio.Future[Told]"] = field(default_factory=dict)
    _pull: Pull | None = None
    _acknowledging: set["asyncio.Future[None]"] = field(default_factory=set)

    @classmethod
    async def sign_in(cls, installation: Installation, district: str, code: str) -> "Actor":
        """Connect with this actor's own credential and begin to read its notices."""
        return await cls(district, code, await installation.connect(f"{district}.{code}")).listen()

    async def listen(self) -> "Actor":
        """Begin to read this actor's notices."""
        durable = notice_durable(self.district, self.code)
        self._pull = Pull(self.client, Stream.NOTICES, durable, self._note)
        await self._pull.start()
        return self

    async def leave(self) -> None:
        """Read no more."""
        if self._pull is not None:
            await self._pull.stop()
        await asyncio.gather(*self._acknowledging, return_exceptions=True)

    async def sign_out(self) -> None:
        """Disconnect."""
        await self.leave()
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

    @property
    def _js(self) -> JetStreamContext:
        return self.client.jetstream(timeout=5)

    def _note(self, notice: Delivery) -> None:
        told = Told(notice.subject.split(".")[4], json.loads(notice.body), notice.headers.get("ce-causationid", ""))
        self.told[told.data.get("petition")].append(told)
        waiting = self._answers.pop(told.cause, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(told)
        acknowledging = asyncio.ensure_future(
            persist(lambda: wire.write(self.client, [notice.settling.acknowledgement()]))
        )
        self._acknowledging.add(acknowledging)
        acknowledging.add_done_callback(self._acknowledging.discard)


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
