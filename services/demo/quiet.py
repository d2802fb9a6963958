"""Knowing that nothing is under way: every durable of the services has seen and settled everything."""

import asyncio
import json
from collections.abc import Container
from typing import Any

from nats.aio.client import Client
from nats.js.errors import APIError
from xinfang_contracts.registry import Stream

from services.catalogue import subscription_tables
from services.runtime.broker import durable_name

from .actors import persist

_DURABLES = [(name, stream) for name, table in subscription_tables().items() for stream in table]
_CLOCKS = [one for one in _DURABLES if one[1] is Stream.CLOCK]
_STREAMS = (Stream.COMMANDS, Stream.EVENTS)


async def all_ticked(client: Client, without: Container[str] = ()) -> None:
    """Wait until every service, ``without`` some, has worked off the clock's last tick.

    By its sequence: a consumer counts a message as pending only a moment after its stream has it.
    """
    last = await _sequence(client, Stream.CLOCK)
    durables = [one for one in _CLOCKS if one[0] not in without]
    while not all(await asyncio.gather(*(_has_settled(client, *one, last) for one in durables))):
        await asyncio.sleep(0.005)


async def quiet(client: Client, without: Container[str] = ()) -> None:
    """Wait until nothing is under way: all durables idle, and no stream has grown while they were looked at."""
    looks = 0
    while looks < 2:
        before = await _sequences(client)
        idle = await _are_idle(client, _DURABLES, without) and await _sequences(client) == before
        looks = looks + 1 if idle else 0
        await asyncio.sleep(0.01)


async def settled(client: Client, stream: Stream, seconds: float = 0.8) -> None:
    """Wait until a stream has not grown for so long."""
    last = -1
    while (sequence := await _sequence(client, stream)) != last:
        last = sequence
        await asyncio.sleep(seconds)


async def _are_idle(client: Client, durables: list[tuple[str, Stream]], without: Container[str]) -> bool:
    return all(await asyncio.gather(*(_is_idle(client, *one) for one in durables if one[0] not in without)))


async def copied(client: Client, dashboard: Client, stream: Stream) -> None:
    """Wait until what dashboards read is as new as the stream itself."""
    last = await _sequence(client, stream)
    while await _sequence(dashboard, stream) < last:
        await asyncio.sleep(0.01)


async def _is_idle(client: Client, service: str, stream: Stream) -> bool:
    info = await _ask(client, f"CONSUMER.INFO.{stream}.{durable_name(service, stream)}")
    return info.get("num_pending") == 0 and info.get("num_ack_pending") == 0


async def _has_settled(client: Client, service: str, stream: Stream, sequence: int) -> bool:
    info = await _ask(client, f"CONSUMER.INFO.{stream}.{durable_name(service, stream)}")
    return int(info["ack_floor"]["stream_seq"]) >= sequence


async def _sequences(client: Client) -> list[int]:
    return await asyncio.gather(*(_sequence(client, stream) for stream in _STREAMS))


async def _sequence(client: Client, stream: Stream) -> int:
    info = await _ask(client, f"STREAM.INFO.{stream}")
    return int(info["state"]["last_seq"])


async def _ask(client: Client, what: str) -> dict[str, Any]:
    """JetStream's own answer, read no further than needed: this is asked thousands of times in a year."""

    async def ask() -> dict[str, Any]:
        reply = await client.request(f"$JS.API.{what}", b"", timeout=5)
        answer: dict[str, Any] = json.loads(reply.data)
        if "error" in answer:
            # A broker that has just come back answers before it has found its streams again.
            APIError.from_error(answer["error"])
        return answer

    return await persist(ask)
