"""Commands are taken out of their stream once every service has settled them.

A work-queue stream would do it by itself, at the price of one fsync for each acknowledgement; this does it for
thousands at a time. What is cleared was settled: everything up to the lowest acknowledgement floor.
"""

import asyncio
from collections.abc import Callable, Mapping

import asyncpg
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from xinfang_contracts.district import District
from xinfang_contracts.registry import Kind, Stream, of_kind

from .broker import durable_name
from .log import failure

log = structlog.get_logger()

EVERY_SECONDS = 5.0
OWNERS = tuple(sorted({entry.owner for entry in of_kind(Kind.COMMAND)}))


class Clearing:
    """Clears ``XF_COMMANDS`` every few seconds; any number of replicas may."""

    def __init__(self, _pool: asyncpg.Pool, client: Callable[[], Client], _districts: Mapping[str, District]) -> None:
        self._client = client
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is left is cleared by whoever runs next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wrong(self) -> list[str]:
        """Whatever it lacks, it lacks for a while only."""
        return []

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await clear(self._client().jetstream())
            except Exception as error:  # noqa: BLE001 - nothing is lost by clearing later
                log.warning("commands.uncleared", error=failure(error))


async def clear(js: JetStreamContext) -> None:
    """Take out what every owner of commands has settled."""
    # Looked at first: a consumer that is idle afterwards has settled all of its messages up to here.
    state = (await js.stream_info(Stream.COMMANDS.value)).state
    floors = [await _settled_up_to(js, owner, state.last_seq) for owner in OWNERS]
    if min(floors) >= state.first_seq and state.messages:
        await js.purge_stream(Stream.COMMANDS.value, seq=min(floors) + 1)


async def _settled_up_to(js: JetStreamContext, owner: str, last: int) -> int:
    info = await js.consumer_info(Stream.COMMANDS.value, durable_name(owner, Stream.COMMANDS))
    if not info.num_pending and not info.num_ack_pending:
        return last
    return info.ack_floor.stream_seq if info.ack_floor else 0
