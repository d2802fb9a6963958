"""One service process, from settings to a clean end."""

import asyncio
import gc
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import asyncpg
import structlog
from faststream import FastStream
from faststream.nats import NatsBroker
from xinfang_contracts.district import District

from . import commands, faultpoints, keys, telemetry
from .bodies import Limits
from .broker import RoundSubscriber, client_of, make_broker, subscribe
from .companion import Companion
from .database import open_pool
from .deadletters import Cemetery
from .ending import end_all_others
from .http import Listener, make_app
from .identity import identity_of
from .log import configure_from, failure
from .round import Rounds
from .service import Doors, Service
from .settings import Settings
from .topology import differences

log = structlog.get_logger()

CHECK_SECONDS = 5.0
SWITCH_SECONDS = 0.0005


class Process:
    """A service with everything around it; FastStream runs its life."""

    def __init__(self, service: Service, settings: Settings, districts: Mapping[str, District]) -> None:
        self.service = service
        self.settings = settings
        self.districts = districts
        self.broker: NatsBroker = make_broker(settings, service.name)
        self.subscribers: list[RoundSubscriber] = subscribe(self.broker, service)
        self._client = client_of(self.broker)
        self._pool: asyncpg.Pool | None = None
        self._rounds: Rounds | None = None
        self._doors: Doors | None = None
        self._companions: list[Companion] = []
        self._listener: Listener | None = None
        self._cemetery = Cemetery(service.name, self._client, keys.public_key(settings.keys, keys.VAULT))
        self._differences: list[str] = ["尚未检查 / not checked yet"]
        self._checking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until a signal comes."""
        configure_from(self.settings, self.service.name)
        telemetry.configure(self.service.name, self.settings.otlp_endpoint)
        app = FastStream(
            self.broker,
            logger=None,
            on_startup=[self._before],
            after_startup=[self._after],
            on_shutdown=[self._stop],
            after_shutdown=[self._end],
        )
        try:
            await app.run()
        finally:
            await end_all_others()

    async def _before(self) -> None:
        self._pool = await open_pool(self.settings.database_url.get_secret_value(), self.service.name)
        self._rounds = Rounds(
            self.service,
            self._pool,
            self._client,
            self.districts,
            self._cemetery,
            time_from=self.settings.time,
            size=self.settings.round_size,
            hook=faultpoints.dies_at(self.settings.crash_at),
        )
        for subscriber in self.subscribers:
            subscriber.deliver = self._rounds.offer
        self._companions = [make(self._pool, self._client, self.districts) for make in self.service.companions]
        self._doors = Doors(
            self._rounds.hand_in,
            self.districts,
            lambda: datetime.now(UTC),
            self.settings.keys,
            self._pool,
            identity_of(self.settings),
            self.settings,
        )
        self._companions += [make(self._doors) for make in self.service.speakers]

    async def _after(self) -> None:
        if self._rounds is None or self._doors is None:
            raise RuntimeError("not started")
        self._rounds.start()
        for companion in self._companions:
            companion.start()
        self._checking = asyncio.create_task(self._check_topology())
        # What lives as long as the process need not be looked at again and again; a round's own objects have no cycles.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        # A round goes on at each of its awaits only when a companion's thread gives way: at Python's 5 ms, a dozen of
        # them would make it wait for a long letter's whole signature.
        sys.setswitchinterval(SWITCH_SECONDS)
        given = self.settings
        limits = Limits(given.max_body_bytes, given.max_file_bytes, given.max_held_bytes, given.upload_seconds)
        app = make_app(self.service.name, self.wrong, limits)
        app.include_router(commands.router(self._doors, self.service.handlers))
        if self.service.api is not None:
            app.include_router(self.service.api(self._doors))
        # Most of the grace is for the rounds.
        self._listener = Listener(app, self.settings.host, self.settings.port, self.settings.grace_seconds / 4)
        port = await self._listener.start()
        log.info("service.started", host=self.settings.host, port=port, districts=len(self.districts))

    async def _stop(self) -> None:
        """No new work; the round in hand to its end; then what it said is on the wire."""
        if self._listener is not None:
            await self._listener.stop()
        for subscriber in self.subscribers:
            if subscriber.pull is not None:
                await subscriber.pull.stop()
        if self._rounds is not None:
            await self._rounds.stop()
        for companion in self._companions:
            await companion.stop()
        await self._cemetery.drain()
        if self._checking is not None:
            self._checking.cancel()

    async def _end(self) -> None:
        if self._pool is not None:
            await self._pool.close()
        await asyncio.to_thread(telemetry.flush)
        log.info("service.stopped")

    async def wrong(self) -> list[str]:
        """What keeps this service from doing its work."""
        found = list(self._differences)
        for subscriber in self.subscribers:
            if subscriber.pull is None or not subscriber.pull.is_consuming:
                found.append(f"未在消费 / not consuming: {subscriber.durable}")
        if self._rounds is None or not self._rounds.is_running:
            found.append("处理循环未运行 / the rounds are not running")
        found += [one for companion in self._companions for one in companion.wrong()]
        try:
            if self._pool is not None:
                await asyncio.wait_for(self._pool.fetchval("SELECT 1"), 2)
        except Exception as error:  # noqa: BLE001 - any of them means the same here
            found.append(f"数据库无应答 / the database does not answer: {failure(error)}")
        return found

    async def _check_topology(self) -> None:
        while True:
            try:
                js = self._client().jetstream()
                self._differences = await differences(js, self.service.name, self.service.subscriptions())
            except Exception as error:  # noqa: BLE001 - any of them means the same here
                self._differences = [f"NATS 无应答 / NATS does not answer: {failure(error)}"]
            await asyncio.sleep(CHECK_SECONDS)
