"""Where a script is played: an installation, plain clients with their own credentials, and when all is quiet."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, time
from itertools import cycle

import httpx
from nats.aio.client import Client
from xinfang_contracts.intake import DeclareDistrict, PetitionContent, SubmitPetition
from xinfang_contracts.message import Message
from xinfang_contracts.registry import REGISTRY, Kind, Stream, clock_subject
from xinfang_contracts.signing import EnrolKey

from services.catalogue import subscription_tables
from services.demo.actors import persist
from services.demo.quiet import all_ticked, quiet
from services.installation import Installation, new_id
from services.runtime import keys, topology
from services.runtime.broker import durable_name
from services.runtime.clock import ZONE
from tests.pens import pen_of, signing_actors

from .patience import PATIENCE, until_answered
from .script import DISTRICT, RECEIVED, Command, Submission, day

_ENTRIES = {entry.model: entry for entry in REGISTRY if entry.kind is Kind.COMMAND}


async def hasten(installation: Installation, seconds: float = 1.0) -> None:
    """Let the broker wait less for an acknowledgement: what a dead service had in hand comes back sooner."""
    operator = await installation.connect("operator")
    planned = topology.consumers(subscription_tables(), installation.districts.values())
    for one in planned:
        if one.name.startswith(tuple(subscription_tables())):
            await operator.jetstream().add_consumer(one.stream.value, replace(one.config, ack_wait=seconds))
    await operator.close()


class Stage:
    """Speaks for everybody in one installation; opened with :func:`on_stage`."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.operator: Client
        self.absent: set[str] = set()
        """Services that nobody waits for."""
        self.http = httpx.AsyncClient(timeout=40)
        self._clients: dict[str, Client] = {}
        self._sealed: dict[tuple[int, str], str] = {}

    async def client(self, user: str) -> Client:
        """A user's connection, made when it is first needed."""
        if user not in self._clients:
            self._clients[user] = await self.installation.connect(user)
        return self._clients[user]

    async def close(self) -> None:
        """Disconnect everybody."""
        await self.http.aclose()
        for client in self._clients.values():
            await client.close()

    # -- speaking ------------------------------------------------------------------------------------------------

    async def send(self, actor: str, message: Message, message_id: str, copies: int = 1) -> None:
        """Publish a command, so many times under one id; the broker is given no chance to tell that it is one."""
        entry = _ENTRIES[type(message)]
        user = actor if actor == "operator" else f"{DISTRICT}.{actor}"
        js = (await self.client(user)).jetstream(timeout=5)
        body = message.model_dump_json(exclude_none=True).encode()
        headers = {
            "ce-specversion": "1.0",
            "ce-id": message_id,
            "ce-type": entry.type,
            "ce-source": f"test/{actor}",
            "content-type": "application/json",
        }

        async def publish() -> None:
            await persist(
                lambda: js.publish(
                    entry.subject(DISTRICT, actor), body, headers=headers | {"Nats-Msg-Id": f"{message_id}/{new_id()}"}
                )
            )

        await asyncio.gather(*(publish() for _ in range(copies)))

    async def say(self, year: int, commands: Iterable[Command], copies: int = 1) -> None:
        """Send commands of a play one after another, without waiting for what comes of them."""
        for one in commands:
            await self.send(one.actor, one.message, f"{year}/{one.name}", copies)

    async def submit(self, year: int, one: Submission, copies: int = 1) -> None:
        """Hand in one petition, in person or over NATS; in person, until there is an answer."""
        if one.actor == "door":
            await asyncio.gather(*self.posts(f"play-{year}-{one.name}", [one] * copies))
            return
        message = SubmitPetition(channel=one.channel, content=self._seal(year, one.name, one.content))
        await self.send(one.actor, message, f"{year}/submit-{one.name}", copies)

    def _seal(self, year: int, name: str, content: PetitionContent) -> str:
        """Once for each message: encrypted anew, the same letter would be another body."""
        if (year, name) not in self._sealed:
            key = keys.public_key(self.installation.folder / "keys", keys.VAULT)
            plaintext = content.model_dump_json(exclude_none=True).encode()
            self._sealed[year, name] = keys.seal(plaintext, key)
        return self._sealed[year, name]

    def posts(self, key: str, submissions: Iterable[Submission]) -> list[Coroutine[None, None, httpx.Response]]:
        """One key at the doors of all replicas in turn, to be awaited together."""
        doors = [name for name in self.installation.running if name.partition("-")[0] == "intake"]
        return [self.post(key, one, door) for one, door in zip(submissions, cycle(doors), strict=False)]

    async def post(self, key: str, one: Submission, service: str = "intake") -> httpx.Response:
        """Over the public form, again while the door is away or says "try again"."""
        url = f"http://127.0.0.1:{self.installation.running[service].port}/v1/{DISTRICT}/petitions"
        body = one.content.model_dump(mode="json", exclude_none=True) | {"channel": one.channel}
        return await until_answered(lambda: self.http.post(url, json=body, headers={"Idempotency-Key": key}))

    async def counted(self, name: str, metric: str) -> float:
        """The sum of one of a replica's Prometheus counters, over all its labels."""
        port = self.installation.running[name].port
        lines = (await self.http.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{metric}_total"))

    # -- time ----------------------------------------------------------------------------------------------------

    async def tick(self, on: date, copies: int = 1) -> None:
        """Let a day begin; done when every service knows."""
        moment = datetime.combine(on, time.min, ZONE).isoformat()
        js = (await self.client("clock")).jetstream(timeout=5)
        for _ in range(copies):
            headers = {"ce-time": moment, "Nats-Msg-Id": new_id()}
            await persist(lambda: js.publish(clock_subject(DISTRICT, "day"), b"{}", headers=headers))  # noqa: B023
        await asyncio.wait_for(all_ticked(self.operator, self.absent), PATIENCE)

    async def quiet(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.wait_for(quiet(self.operator, self.absent), PATIENCE)

    async def left(self, service: str, stream: Stream) -> int:
        """How many messages a service has not settled, delivered or not."""
        info = await self.operator.jetstream().consumer_info(stream.value, durable_name(service, stream))
        return int(info.num_pending or 0) + int(info.num_ack_pending or 0)

    # -- a script's parts ----------------------------------------------------------------------------------------

    async def declare(self) -> None:
        """The district as a file that is in force."""
        revision = self.installation.districts[DISTRICT].revision
        await self.send("operator", DeclareDistrict(revision=revision), new_id())
        await self.quiet()

    async def enrol(self) -> None:
        """A key for whoever may sign, offered by them and enrolled by the operator."""
        for actor in signing_actors(self.installation.districts[DISTRICT]):
            await self.send(actor, pen_of(actor).offer(), new_id())
        await self.quiet()
        for actor in signing_actors(self.installation.districts[DISTRICT]):
            await self.send("operator", EnrolKey(signer=f"{DISTRICT}.{actor}", key=pen_of(actor).key), new_id())
        await self.quiet()

    async def register(self, year: int, submissions: Sequence[Submission], copies: int = 1) -> None:
        """On their day, one after another: numbers follow the order."""
        await self.tick(day(year, RECEIVED), copies)
        for one in submissions:
            await self.submit(year, one, copies)
            await self.quiet()


@asynccontextmanager
async def on_stage(installation: Installation) -> AsyncIterator[Stage]:
    """A stage for one test."""
    stage = Stage(installation)
    try:
        stage.operator = await stage.client("operator")
        yield stage
    finally:
        await stage.close()
