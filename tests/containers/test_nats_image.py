"""The NATS image: the server of the wheel in a container does what the rounds rely on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy
from xinfang_contracts.registry import Stream

from services.runtime.incoming import Outgoing
from services.runtime.publish import BATCH_FROM, publish
from services.runtime.topology import streams

pytestmark = pytest.mark.container

IMAGES = Path(__file__).resolve().parents[2] / "deploy" / "images"
# Its image would have to come from a registry; our containers are removed by their `with`.
testcontainers_config.ryuk_disabled = True
# "localhost" may be ::1, where Docker publishes no port.
testcontainers_config.tc_host_override = os.environ.get("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a NATS server in a container of the image."""
    made = subprocess.run([IMAGES / "nats", sys.executable], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    container = DockerContainer(made.stdout.strip()).with_exposed_ports(4222)
    with container.waiting_for(LogMessageWaitStrategy("Server is ready")) as running:
        yield f"nats://{running.get_container_host_ip()}:{running.get_exposed_port(4222)}"


def facts(count: int, first: int = 0) -> list[Outgoing]:
    """So many messages for the stream of facts, each with an id of its own."""
    return [
        Outgoing(Stream.EVENTS, "xf.990001.event.test.happened.v1", {"Nats-Msg-Id": f"test/{first + i}"}, b"{}")
        for i in range(count)
    ]


async def test_the_image_takes_every_planned_stream_and_an_atomic_batch(server: str) -> None:
    client = await nats.connect(server, allow_reconnect=False)
    try:
        js = client.jetstream()
        for config in streams():
            await js.add_stream(config)
        batch = facts(BATCH_FROM * 10)
        assert await publish(client, batch) == list(range(1, len(batch) + 1))
        # One of them is known: the server refuses the batch, and each is published by itself.
        again = [*facts(1), *facts(BATCH_FROM, first=len(batch))]
        assert (await publish(client, again))[0] == 1
        assert (await js.stream_info(Stream.EVENTS)).state.messages == len(batch) + BATCH_FROM
    finally:
        await client.close()
