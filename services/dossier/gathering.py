"""A petition's facts from the event stream, read with the operator's credential; nothing is kept anywhere."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from xinfang_contracts import envelope
from xinfang_contracts.registry import Stream

from services.runtime.clock import ZONE

from .telling import Fact

PAGE = 1_000
SECONDS = 10.0
_SAYS_OF_OTHERS = ("petitions", "of", "repeat", "repeat_of")


async def gather(client: Client, petition: str, progress: Callable[[int, int], None]) -> list[Fact]:
    """Every fact that names this petition. Reads its district's facts from the year of its number on.

    progress: how many were read, of how many. Raises nats' errors when the broker is away.
    """
    district, year = petition.split("-")[:2]
    begun = datetime(int(year), 1, 1, tzinfo=ZONE) - timedelta(days=1)
    is_replayed = begun > datetime.now(UTC)  # a year that the broker's clock has not reached
    config = ConsumerConfig(
        filter_subject=f"xf.{district}.event.>",
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.ALL if is_replayed else DeliverPolicy.BY_START_TIME,
        opt_start_time=None if is_replayed else begun,
        mem_storage=True,
        inactive_threshold=60,
    )
    return await _read(client, config, lambda message: _fact(message, petition), progress)


async def read_facts(client: Client, subjects: list[str]) -> list[Fact]:
    """Every fact of these subjects, in the stream's order. Raises nats' errors when the broker is away."""
    config = ConsumerConfig(
        filter_subjects=subjects,
        ack_policy=AckPolicy.NONE,
        deliver_policy=DeliverPolicy.ALL,
        mem_storage=True,
        inactive_threshold=60,
    )
    return await _read(client, config, lambda message: _told(message, json.loads(message.data)), lambda done, of: None)


async def _read(
    client: Client,
    config: ConsumerConfig,
    fact_of: Callable[[Msg], Fact | None],
    progress: Callable[[int, int], None],
) -> list[Fact]:
    js = client.jetstream(timeout=SECONDS)
    made = await js.add_consumer(Stream.EVENTS.value, config)
    waiting = made.num_pending or 0
    pull = await js.pull_subscribe_bind(made.name, Stream.EVENTS.value)
    found: list[Fact] = []
    read = 0
    try:
        while read < waiting:
            messages = await pull.fetch(min(PAGE, waiting - read), timeout=SECONDS)
            read += len(messages)
            found += [fact for one in messages if (fact := fact_of(one)) is not None]
            progress(read, waiting)
    finally:
        await pull.unsubscribe()
        await js.delete_consumer(Stream.EVENTS.value, made.name)
    return found


def _fact(message: Msg, petition: str) -> Fact | None:
    if petition.encode() not in message.data:
        return None
    codes = json.loads(message.data)
    if codes.get("petition") != petition and not any(petition in _names(codes.get(one)) for one in _SAYS_OF_OTHERS):
        return None
    return _told(message, codes)


def _told(message: Msg, codes: dict[str, Any]) -> Fact:
    said, _ = envelope.read(message.headers, message.data)
    return Fact(message.metadata.sequence.stream, said.id, said.type, said.time or message.metadata.timestamp, codes)


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
