"""A round: all that is waiting, up to 500 messages, in one database transaction; then publish; then acknowledge.

A crash between any two steps repeats messages and changes nothing: the inbox knows them, and what was said but not
published is taken up again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import asyncpg
import structlog
from nats.aio.client import Client
from xinfang_contracts.district import District
from xinfang_contracts.message import Message

from . import faultpoints, reading, telemetry, wire
from .deadletters import Cemetery
from .errors import NotYet, Poison
from .inbox import Connection, Inbox, new_round_id, said_at
from .incoming import Delivery, Incoming
from .log import failure, place
from .publish import publish
from .service import Service
from .settle import Ack, Bury, Retry, is_ill, settle
from .standing import publish_rest
from .transaction import Committed, TimeFrom, Transaction

log = structlog.get_logger()

FLUSH_SECONDS = 0.2
SWEEP_SECONDS = 5.0
SWEEP_PAGE = 20
DUE_PAGE = 500


class Rounds:
    """The rounds of one service process. ``offer`` and ``hand_in`` are its only doors."""

    def __init__(
        self,
        service: Service,
        pool: asyncpg.Pool,
        client: Callable[[], Client],
        districts: Mapping[str, District],
        cemetery: Cemetery,
        *,
        time_from: TimeFrom = "broker",
        size: int = 500,
        hook: faultpoints.Hook = faultpoints.nothing,
    ) -> None:
        self.service = service
        self.districts = districts
        self._pool = pool
        self._client = client
        self._cemetery = cemetery
        self._time = time_from
        self._size = size
        self._hook = hook
        self._inbox = Inbox(service.name)
        self._transaction = Transaction(service, districts, time_from)
        self._waiting: deque[Delivery | Incoming] = deque()
        self._wake = asyncio.Event()
        self._sequences: list[tuple[bytes, list[int]]] = []
        self._finishing: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._left_behind = True

    # -- doors ---------------------------------------------------------------------------------------------------

    def offer(self, delivery: Delivery) -> None:
        """A message from the broker; it is settled when its round is over."""
        self._waiting.append(delivery)
        self._wake.set()

    async def hand_in(self, incoming: Incoming) -> list[Message]:
        """A message from a door of this process. Returns its facts after the commit; the same again for a repeat.

        Raises whatever made it fail: NotYet, Poison, or the world's illness, after which it may be handed in again.
        """
        if self._stopping:
            raise ConnectionError("stopping")
        incoming.answer = asyncio.get_running_loop().create_future()
        self._waiting.append(incoming)
        self._wake.set()
        return await incoming.answer

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work off what is offered."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        """Work off what has been taken in; call it when nothing more comes in."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            await self._tasks[0]
            self._tasks[1].cancel()
            await asyncio.gather(self._tasks[1], return_exceptions=True)

    @property
    def is_running(self) -> bool:
        """False once the loop has ended, for whatever reason."""
        return bool(self._tasks) and not self._tasks[0].done()

    async def _run(self) -> None:
        while batch := await self._take():
            await self._work_off(self._read_all(batch))
        if self._finishing is not None:
            await self._finishing
        await self._flush()

    async def _take(self) -> list[Delivery | Incoming]:
        """What is there, up to a round's size; waits only while there is nothing. Empty: stopping, and all is done."""
        while not self._waiting and not self._stopping:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), FLUSH_SECONDS if self._sequences or self._finishing else None)
            except TimeoutError:
                if self._finishing is not None and self._finishing.done():
                    self._finishing = None
                await self._flush()
        return [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]

    # -- one round -----------------------------------------------------------------------------------------------

    def _read_all(self, batch: Sequence[Delivery | Incoming]) -> list[Incoming]:
        """Understand each by itself: one that cannot be understood is buried and holds up nobody."""
        understood = []
        for one in batch:
            try:
                incoming = one if isinstance(one, Incoming) else reading.read(one, self.districts, self._time)
                if incoming.entry is not reading.TICK and not self.service.handles(incoming):
                    raise Poison("UnknownType")
                if self.service.understand is not None and incoming.opened is None:
                    self.service.understand(incoming)
                understood.append(incoming)
            except Exception as error:  # noqa: BLE001 - the settling table decides
                self._settle_failure(one, error)
        return understood

    async def _work_off(self, messages: list[Incoming]) -> None:
        ticks = [one for one in messages if one.entry is reading.TICK]
        ordinary = [one for one in messages if one.entry is not reading.TICK]
        if ordinary:
            await self._round(ordinary)
        if ticks:
            await self._tick(ticks)

    async def _round(self, messages: list[Incoming]) -> bool:
        """One round; False when the world was ill. A round that the database refuses is replayed one by one."""
        started = time.perf_counter()
        try:
            committed = await self._commit(messages)
        except Exception as error:  # noqa: BLE001 - the settling table decides
            if is_ill(error) or len(messages) == 1:
                log.warning("round.failed", messages=len(messages), error=failure(error), at=place(error))
                for one in messages:
                    self._settle_failure(one, error)
                return not is_ill(error)
            return all([await self._round([one]) for one in messages])
        self._hook(faultpoints.AFTER_COMMIT)
        for incoming, reason in committed.failed:
            self._settle_failure(incoming, reason)
        if self._finishing is not None:
            await self._finishing
        self._finishing = asyncio.create_task(self._finish(committed, started))
        return True

    async def _commit(self, messages: list[Incoming]) -> Committed:
        async with self._pool.acquire() as connection, connection.transaction():
            written = await self._write_sequences(connection)
            committed = await self._transaction.run(connection, messages)
            self._hook(faultpoints.BEFORE_COMMIT)
        self._sequences = [one for one in self._sequences if one not in written]
        # The next round sees a repeat as what it is: said before, or an id used again.
        self._waiting.extend(committed.repeated)
        for incoming, facts in committed.answers:
            if incoming.answer is not None and not incoming.answer.done():
                incoming.answer.set_result(facts)
        return committed

    async def _tick(self, ticks: Sequence[Incoming]) -> None:
        """Move the clocks, then work off what is due in pages, each item as a message at its own due time."""
        newest = {tick.district: tick for tick in sorted(ticks, key=lambda one: one.now)}
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await self._inbox.claim(connection, list({tick.key: tick for tick in ticks}.values()), new_round_id())
                for tick in newest.values():
                    await self._inbox.tick(connection, tick)
            for tick in newest.values():
                await self._work_off_due(tick)
            if self._finishing is not None:
                await self._finishing
        except Exception as error:  # noqa: BLE001 - the settling table decides
            for tick in ticks:
                self._settle_failure(tick, error)
            return
        await self._acknowledge(ticks)

    async def _work_off_due(self, tick: Incoming) -> None:
        before: set[bytes] = set()
        while self.service.due is not None:
            async with self._pool.acquire() as connection:
                due = await self.service.due(connection, tick.district, tick.now, DUE_PAGE)
            if not due:
                return
            keys = {one.key for one in due}
            if keys <= before:
                # A rule that leaves what is due as it was would else keep the service from everything but its clock.
                raise RuntimeError("what is due stays due")
            before |= keys
            if not await self._round(due):
                raise ConnectionError("what is due could not be worked off")

    # -- after the commit ----------------------------------------------------------------------------------------

    async def _finish(self, committed: Committed, started: float) -> None:
        """Publish, note the sequences for the next round, acknowledge."""
        try:
            if committed.outgoing:
                sequences = await publish(self._client(), committed.outgoing)
                # Only now is the list looked up: the next round's commit has put another in its place.
                self._sequences.append((committed.round_id, sequences))
            for round_id, outputs in committed.again.items():
                sequences = await publish_rest(self._client(), outputs, said_at(round_id))
                self._sequences.append((round_id, sequences))
            self._hook(faultpoints.AFTER_PUBLISH)
        except Exception as error:  # noqa: BLE001 - the settling table decides
            log.warning("round.unpublished", messages=len(committed.done), error=failure(error))
            self._left_behind = True
            for one in committed.done:
                if one.delivery is not None:
                    self._settle_failure(one, error)
            return
        self._hook(faultpoints.BEFORE_ACKNOWLEDGE)
        await self._acknowledge(committed.done)
        seconds = time.perf_counter() - started
        telemetry.round_done(self.service.name, committed.done, len(committed.outgoing), seconds)
        log.info(
            "round.committed",
            messages=len(committed.done),
            outputs=len(committed.outgoing),
            failed=len(committed.failed),
            ms=round(seconds * 1000, 1),
        )

    async def _acknowledge(self, messages: Sequence[Incoming]) -> None:
        """Each by itself, in one write: one acknowledgement for a whole fetch loses messages after a ``kill -9``."""
        settled = [one.delivery.settling.acknowledgement() for one in messages if one.delivery is not None]
        if settled:
            await wire.write(self._client(), settled)

    def _settle_failure(self, one: Delivery | Incoming, error: Exception) -> None:
        delivery = one if isinstance(one, Delivery) else one.delivery
        if isinstance(one, Incoming) and one.answer is not None and not one.answer.done():
            one.answer.set_exception(error)
        if delivery is None:
            return
        verdict = settle(error, deliveries=delivery.deliveries, age=reading.age(delivery, datetime.now(UTC)))
        match verdict:
            case Retry(seconds=seconds):
                if not isinstance(error, NotYet):
                    log.warning(
                        "message.retried",
                        stream=delivery.stream,
                        sequence=delivery.sequence,
                        error=failure(error),
                        at=place(error),
                        seconds=seconds,
                    )
                delivery.settling.retry(seconds)
            case Bury(reason=reason):
                self._cemetery.bury(delivery, reason)
            case Ack():
                raise AssertionError("a failure is never acknowledged") from error
        telemetry.settled(self.service.name, verdict)

    async def _write_sequences(self, connection: Connection) -> list[tuple[bytes, list[int]]]:
        waiting = list(self._sequences)
        for round_id, sequences in waiting:
            await self._inbox.published(connection, round_id, sequences)
        return waiting

    async def _flush(self) -> None:
        """Write sequences down when no next round comes to do it."""
        if not self._sequences:
            return
        try:
            async with self._pool.acquire() as connection:
                written = await self._write_sequences(connection)
        except Exception as error:  # noqa: BLE001 - kept for the next look; forgotten, they would be published again
            log.warning("round.sequences_unwritten", error=failure(error))
            return
        self._sequences = [one for one in self._sequences if one not in written]

    async def _sweep(self) -> None:
        """Publish what a dead replica, or a failed publish, has left; what is younger, a live one has in hand."""
        while True:
            older_than = SWEEP_SECONDS / 5 if self._left_behind else 2 * SWEEP_SECONDS
            self._left_behind = False
            try:
                while await self._publish_left(older_than) == SWEEP_PAGE:
                    self._left_behind = True
            except Exception as error:  # noqa: BLE001 - tried again below
                log.warning("round.sweep_failed", error=failure(error))
                self._left_behind = True
            await asyncio.sleep(SWEEP_SECONDS)

    async def _publish_left(self, older_than: float) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            left = await self._inbox.unpublished(connection, older_than, SWEEP_PAGE)
            for round_id, outputs in left.items():
                sequences = await publish_rest(self._client(), outputs, said_at(round_id))
                await self._inbox.published(connection, round_id, sequences)
        if left:
            log.info("round.swept", rounds=len(left))
        return len(left)
