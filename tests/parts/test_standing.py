"""A round of which nobody knows whether it was published: what stands is left alone, what is missing is said."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from xinfang_contracts.registry import Stream

from services.runtime.incoming import Outgoing
from services.runtime.publish import publish
from services.runtime.standing import publish_rest
from tests.eventually import eventually

LONG_AGO = timedelta(minutes=10)


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    """A broker that has already forgotten every message id, as after a long outage."""
    client = await nats.connect(nats_url)
    js = client.jetstream()
    for stream, token in ((Stream.EVENTS, "event"), (Stream.NOTICES, "notice")):
        config = StreamConfig(
            name=stream.value, subjects=[f"xf.*.{token}.>"], allow_direct=True, allow_atomic=True, duplicate_window=0.1
        )
        await js.add_stream(config)
    yield client
    for stream in (Stream.EVENTS, Stream.NOTICES):
        await js.delete_stream(stream.value)
    await client.close()


def outputs(count: int) -> list[Outgoing]:
    """Facts on three subjects, and a notice for each second one."""
    facts = [
        Outgoing(Stream.EVENTS, f"xf.430406.event.intake.fact{n % 3}.v1", {"Nats-Msg-Id": f"intake/f{n}"}, b"{}")
        for n in range(count)
    ]
    notices = [
        Outgoing(Stream.NOTICES, "xf.430406.notice.office_petition.fact.v1", {"Nats-Msg-Id": f"intake/n{n}"}, b"{}")
        for n in range(0, count, 2)
    ]
    return facts + notices


async def forgotten(client: Client) -> None:
    """Until the broker takes what was published so far for new: its shortest memory is a tenth of a second."""
    js = client.jetstream()
    probe = {"Nats-Msg-Id": "probe"}
    for subject in ("xf.430406.event.intake.probe.v1", "xf.430406.notice.office_petition.probe.v1"):
        await js.publish(subject, b"{}", headers=probe)

        async def is_new(subject: str = subject) -> bool:
            return not (await js.publish(subject, b"{}", headers=probe)).duplicate

        await eventually(is_new)


async def stored(client: Client) -> dict[Stream, int]:
    js = client.jetstream()
    return {one: (await js.stream_info(one.value)).state.messages for one in (Stream.EVENTS, Stream.NOTICES)}


@pytest.mark.parametrize("count", [3, 40])
async def test_what_was_published_before_an_outage_is_not_published_again(client: Client, count: int) -> None:
    said = outputs(count)
    sequences = await publish(client, said)
    await forgotten(client)
    before = await stored(client)
    assert await publish_rest(client, said, datetime.now(UTC) - LONG_AGO) == sequences
    assert await stored(client) == before


@pytest.mark.parametrize("part", [slice(0, 25), slice(15, None), slice(10, 30, 3)])
async def test_what_is_missing_is_published(client: Client, part: slice) -> None:
    said = outputs(40)
    sequences = await publish(client, said[part])
    stands = dict(zip([one.headers["Nats-Msg-Id"] for one in said[part]], sequences, strict=True))
    await forgotten(client)
    before = await stored(client)
    sequences = await publish_rest(client, said, datetime.now(UTC) - LONG_AGO)
    assert sum((await stored(client)).values()) == sum(before.values()) + len(said) - len(stands)
    assert len({(one.stream, sequence) for one, sequence in zip(said, sequences, strict=True)}) == len(said)
    found = dict(zip([one.headers["Nats-Msg-Id"] for one in said], sequences, strict=True))
    assert found.items() >= stands.items()


async def test_others_messages_on_the_same_subjects_are_passed_over(client: Client) -> None:
    said = outputs(10)
    for one in said:
        strange = Outgoing(one.stream, one.subject, {"Nats-Msg-Id": f"other/{one.headers['Nats-Msg-Id']}"}, b"{}")
        await publish(client, [strange, one])
    await forgotten(client)
    before = await stored(client)
    await publish_rest(client, said, datetime.now(UTC) - LONG_AGO)
    assert await stored(client) == before
