"""The load driver: one process that sends every actor's commands, each as soon as what it answers is there.

How far everything is, it reads from the counts by subject of the stream of facts; that is cheap at any size.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import psutil
from nats.aio.client import Client
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.runtime.credentials import seed_file

from .mix import Chunk, Load, Stage, inbox_of
from .usage import Usage
from .wire import Sender

LOOK_SECONDS = 0.02
STALL_SECONDS = 90.0
UNREGISTERED = 2_000
"""Submissions on their way to a number, at most."""
WINDOW = 500
"""Commands not yet acknowledged, at most. The server hands nothing out while it stores what has queued up before."""


class Stalled(Exception):
    """Nothing has moved for a long time; the text has the counts."""


@dataclass
class Counts:
    """How many facts there are by name, kept up to date by a look every few milliseconds."""

    client: Client
    district: str
    senders: Collection[Sender] = ()
    by_name: Counter[str] = field(default_factory=Counter)
    _turned: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Look until cancelled. Stalled when nothing moves, NotAcknowledged when the broker refuses a command."""
        moved = time.monotonic()
        while True:
            found = await subject_counts(self.client, Stream.EVENTS, f"xf.{self.district}.event.>")
            by_name = Counter({subject.split(".")[4]: count for subject, count in found.items()})
            if by_name != self.by_name:
                moved = time.monotonic()
            elif time.monotonic() - moved > STALL_SECONDS:
                raise Stalled(f"nothing has moved for {STALL_SECONDS} s: {dict(by_name)}")
            for sender in self.senders:
                sender.check()
            self.by_name = by_name
            turned, self._turned = self._turned, asyncio.Event()
            turned.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def until(self, name: str, count: int) -> None:
        """Wait until there are so many facts of this name."""
        while self.by_name[name] < count:
            await self._turned.wait()


@dataclass(frozen=True)
class Driven:
    """How long it took, and what it cost: process -> CPU seconds."""

    seconds: float
    cpu: dict[str, float]


class Driver:
    """Drives one load through one running system."""

    def __init__(self, installation: Installation, load: Load, processes: dict[str, psutil.Process]) -> None:
        self._installation = installation
        self._load = load
        self._processes = processes
        self._senders: dict[str, Sender] = {}
        self._acknowledged = asyncio.Event()

    async def drive(self, progress: Callable[[int, int], None]) -> Driven:
        """All of it, from the first command to the last settled message. ``progress``: registered, concluded."""
        client = await self._installation.connect("operator")
        folder, code = self._installation.folder / "credentials", self._load.district.code
        for actor in self._load.actors():
            seed = seed_file(folder, f"{code}.{actor}")
            self._senders[actor] = await Sender.connect(
                self._installation.nats.url, seed, inbox_of(code, actor), self._acknowledged.set
            )
        counts = Counts(client, code, self._senders.values())
        usage = Usage(self._processes)
        started = time.perf_counter()
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(counts.watch())
                showing = group.create_task(_show(counts, progress))
                lanes = (self._submit, self._screen, self._report, self._review)
                await asyncio.gather(*(group.create_task(lane(counts)) for lane in lanes))
                await counts.until("case_concluded", self._accepted)
                watching.cancel()
                showing.cancel()
            await idle(client)
            driven = Driven(time.perf_counter() - started, usage.spent())
            for sender in self._senders.values():
                sender.check(all_of_it=True)
            return driven
        finally:
            for sender in self._senders.values():
                sender.close()
            await client.close()

    # -- lanes: each sends its own kind of command, all at the same time -----------------------------------------

    async def _submit(self, counts: Counts) -> None:
        sent = 0
        for chunk in self._load.chunks:
            await counts.until("petition_registered", sent + chunk.size - UNREGISTERED)
            await self._send(chunk.submit)
            sent += chunk.size

    async def _screen(self, counts: Counts) -> None:
        registered = 0
        for chunk in self._load.chunks:
            registered += chunk.size
            await counts.until("petition_registered", registered)
            await self._send(chunk.screen)

    async def _report(self, counts: Counts) -> None:
        """A chunk's reports when its cases are assigned and the reports of the chunk before are there."""
        sent = 0
        for chunk in self._load.chunks:
            await counts.until("case_assigned", sent + chunk.accepted)
            await counts.until("report_submitted", sent)
            await self._send(chunk.report)
            sent += chunk.accepted

    async def _review(self, counts: Counts) -> None:
        """In waves: each chunk under review is sent its next step when the last wave is through."""
        waiting = list(self._load.chunks)
        under_review: list[tuple[Chunk, int]] = []
        reported = sent = 0
        while waiting or under_review:
            if not under_review:
                await counts.until("report_submitted", reported + waiting[0].accepted)
            while waiting and counts.by_name["report_submitted"] >= reported + waiting[0].accepted:
                reported += waiting[0].accepted
                under_review.append((waiting.pop(0), 0))
            for chunk, step in under_review:
                if step < len(chunk.opinions):
                    await self._send(chunk.opinions[step])
                    sent += len(chunk.opinions[step])
            await counts.until("opinion_given", sent)
            under_review = [(chunk, step + 1) for chunk, step in under_review if step + 1 < len(chunk.opinions)]

    async def _send(self, stage: Stage) -> None:
        for actor, encoded, count in stage.writes:
            while self._open() >= WINDOW:
                self._acknowledged.clear()
                await self._acknowledged.wait()
            self._senders[actor].send(encoded, count)

    def _open(self) -> int:
        return sum(sender.sent - sender.acknowledged for sender in self._senders.values())

    @property
    def _accepted(self) -> int:
        return sum(chunk.accepted for chunk in self._load.chunks)


async def _show(counts: Counts, progress: Callable[[int, int], None]) -> None:
    while True:
        progress(counts.by_name["petition_registered"], counts.by_name["case_concluded"])
        await asyncio.sleep(0.25)


async def subject_counts(client: Client, stream: Stream, subjects: str) -> dict[str, int]:
    """Messages in a stream by subject."""
    info = await client.jetstream(timeout=30).stream_info(stream.value, subjects_filter=subjects)
    return dict(info.state.subjects or {})


async def idle(client: Client) -> None:
    """Until every consumer of commands and facts has settled everything that is there. Stalled when one never does."""
    js = client.jetstream(timeout=30)
    deadline = time.monotonic() + STALL_SECONDS
    while True:
        before = [(await js.stream_info(one.value)).state.last_seq for one in _STREAMS]
        consumers = [info for one in _STREAMS for info in await js.consumers_info(one.value)]
        after = [(await js.stream_info(one.value)).state.last_seq for one in _STREAMS]
        busy = {one.name: (one.num_pending, one.num_ack_pending) for one in consumers}
        if before == after and not any(map(any, busy.values())):
            return
        if time.monotonic() > deadline:
            raise Stalled(f"(pending, unacknowledged): {busy}")
        await asyncio.sleep(LOOK_SECONDS)


_STREAMS = (Stream.COMMANDS, Stream.EVENTS)
