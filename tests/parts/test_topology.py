"""The broker brought to the plan: twice is once, drift is named, and NATS itself is the cron."""

import contextlib
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError
from xinfang_contracts.registry import Stream

from services.catalogue import subscription_tables
from services.runtime import topology
from services.runtime.districts import load_districts
from tests.conftest import LIUYUAN
from tests.eventually import eventually

DISTRICTS = load_districts(LIUYUAN)
TABLES = subscription_tables()


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    """A client of a broker for tests; the streams that a test makes are deleted after it."""
    connected = await nats.connect(nats_url)
    yield connected
    js = connected.jetstream()
    for stream in Stream:
        with contextlib.suppress(NotFoundError):
            await js.delete_stream(stream.value)
    await connected.close()


async def apply(client: Client, *, schedules: bool = False) -> None:
    await topology.apply(client.jetstream(), TABLES, DISTRICTS.values(), schedules=schedules, replicas=1)


async def test_applied_twice_it_is_the_same(client: Client) -> None:
    await apply(client)
    js = client.jetstream()
    before = {info.config.name: info.config for info in await js.streams_info()}
    await apply(client)
    assert {info.config.name: info.config for info in await js.streams_info()} == before
    assert set(before) == {stream.value for stream in Stream}
    for service, table in TABLES.items():
        assert await topology.differences(js, service, table) == []


async def test_what_must_last_cannot_be_deleted(client: Client) -> None:
    await apply(client)
    for name in (Stream.EVENTS, Stream.DEAD):
        config = (await client.jetstream().stream_info(name.value)).config
        assert config.deny_delete
        assert config.deny_purge


async def test_a_changed_or_missing_consumer_is_named(client: Client) -> None:
    await apply(client)
    js = client.jetstream()
    table = TABLES["routing"]
    await js.add_consumer(
        Stream.EVENTS.value,
        ConsumerConfig(name="routing_events", durable_name="routing_events", filter_subject="xf.*.event.>"),
    )
    assert any("routing_events" in line for line in await topology.differences(js, "routing", table))
    await js.delete_consumer(Stream.EVENTS.value, "routing_events")
    assert any("routing_events" in line for line in await topology.differences(js, "routing", table))
    await apply(client)
    assert await topology.differences(js, "routing", table) == []


async def test_the_broker_ticks_every_district(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the minute's schedule set to every second: a tick comes of itself, on its own subject."""
    monkeypatch.setitem(topology.CRON, "minute", "* * * * * *")
    await apply(client, schedules=True)

    async def ticks() -> int:
        info = await client.jetstream().stream_info(Stream.CLOCK.value, subjects_filter="xf.*.clock.minute")
        return sum((info.state.subjects or {}).values())

    async def twice() -> bool:
        return await ticks() >= 2

    await eventually(twice, seconds=15)


async def test_the_districts_are_declared_once(client: Client) -> None:
    await apply(client, schedules=True)
    js = client.jetstream()
    assert (await js.stream_info(Stream.COMMANDS.value)).state.messages == len(DISTRICTS)
