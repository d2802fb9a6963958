"""Commands are taken out of their stream once every service has settled them.

A work-queue stream would do it by itself, at the price of one fsync for each acknowledgement; this does it for
thousands at a time. What is cleared was settled: everything up to the lowest acknowledgement floor.
"""

from collections.abc import Callable, Mapping

import asyncpg
from nats.aio.client import Client
from nats.js import JetStreamContext
from xinfang_contracts.district import District
from xinfang_contracts.registry import Kind, Stream, of_kind

from .broker import durable_name
from .companion import Turns

EVERY_SECONDS = 5.0
OWNERS = tuple(sorted({entry.owner for entry in of_kind(Kind.COMMAND)}))


def clearing(_pool: asyncpg.Pool, client: Callable[[], Client], _districts: Mapping[str, District]) -> Turns:
    """Clears ``XF_COMMANDS`` every few seconds; any number of replicas may."""

    async def turn() -> bool:
        await clear(client().jetstream())
        return False

    return Turns("clearing", turn, EVERY_SECONDS)


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
