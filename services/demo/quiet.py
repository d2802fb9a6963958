"""Knowing that nothing is under way: every durable of the services has seen and settled everything."""

import asyncio

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from xinfang_contracts.registry import Stream

from services.catalogue import subscription_tables
from services.runtime.broker import durable_name

from .actors import persist

_DURABLES = [(stream, durable_name(name, stream)) for name, table in subscription_tables().items() for stream in table]
_CLOCKS = [one for one in _DURABLES if one[0] is Stream.CLOCK]
_STREAMS = (Stream.COMMANDS, Stream.EVENTS)


async def all_ticked(client: Client) -> None:
    """Wait until every service has worked off the clock's last tick."""
    js = client.jetstream()
    while not all(await asyncio.gather(*(_is_idle(js, *one) for one in _CLOCKS))):
        await asyncio.sleep(0.003)


async def quiet(client: Client) -> None:
    """Wait until nothing is under way: all durables idle, and no stream has grown while they were looked at."""
    js = client.jetstream()
    while True:
        before = await _sequences(js)
        if all(await asyncio.gather(*(_is_idle(js, *one) for one in _DURABLES))) and await _sequences(js) == before:
            return
        await asyncio.sleep(0.005)


async def settled(client: Client, stream: Stream, seconds: float = 0.8) -> None:
    """Wait until a stream has not grown for so long."""
    js = client.jetstream()
    last = -1
    while True:
        info = await persist(lambda: js.stream_info(stream.value))
        if info.state.last_seq == last:
            return
        last = info.state.last_seq
        await asyncio.sleep(seconds)


async def _is_idle(js: JetStreamContext, stream: Stream, durable: str) -> bool:
    try:
        info = await persist(lambda: js.consumer_info(stream.value, durable))
    except NotFoundError:
        return False
    return not info.num_pending and not info.num_ack_pending


async def _sequences(js: JetStreamContext) -> list[int]:
    return [(await persist(lambda s=s: js.stream_info(s.value))).state.last_seq for s in _STREAMS]  # type: ignore[misc]
