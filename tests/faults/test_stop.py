"""SIGTERM: what is in hand is finished, what is not comes back, and the process ends by itself, within its grace."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date

import asyncpg
import pytest
from xinfang_contracts.intake import SubmitPetition
from xinfang_contracts.registry import Stream

from services.catalogue import SERVICES, subscription_tables
from services.installation import Installation
from services.runtime import keys
from services.runtime.settings import Settings
from tests.eventually import eventually

from . import snapshot
from .outage import away
from .script import DISTRICT, SUBMISSIONS, number
from .snapshot import Mark
from .stage import Stage, hasten, on_stage

LETTERS = 1500
POSTERS, POSTS = 4, 40
TODAY = date(2031, 3, 5)
GRACE: float = Settings.model_fields["grace_seconds"].default


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """What a stopped service had not begun comes back after a second, not after fifteen."""
    asyncio.run(hasten(installation))
    return installation


@asynccontextmanager
async def stopped(installation: Installation, names: Sequence[str] = SERVICES) -> AsyncIterator[None]:
    """While services are stopped that were asked to; each must end by itself within its grace, with 0.

    They run again for what follows, whatever becomes of this.
    """
    processes = [installation.running[name].process for name in names]
    for process in processes:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(GRACE):
            assert [await asyncio.to_thread(process.wait) for process in processes] == [0] * len(names)
        yield
    finally:
        for name, process in zip(names, processes, strict=True):
            process.kill()
            process.wait()
            installation.start_service(name)
        await asyncio.to_thread(installation.wait_ready)


# -- under load


def test_what_is_in_hand_is_finished_and_the_rest_comes_back(installation: Installation) -> None:
    asyncio.run(_under_load(installation))


async def _under_load(installation: Installation) -> None:
    async with on_stage(installation) as stage:
        await stage.tick(TODAY)
        await stage.quiet()
        since = await snapshot.mark(installation, stage.operator)
        # The last hundred come while nobody runs: however quick the services were, something is left to come back.
        publishing = asyncio.create_task(_publish(stage, range(0, LETTERS - 100, 100)))
        posting = asyncio.gather(*(_post(stage, poster) for poster in range(POSTERS)))
        await eventually(lambda: _are_taken_in(installation, since, LETTERS // 10))
        async with stopped(installation):
            assert not posting.done(), "there was no load when the services were stopped"
            await publishing
            await _publish(stage, range(LETTERS - 100, LETTERS, 100))
            await _what_was_handled_is_acknowledged_and_published(stage, since)
        numbers = await posting
        await stage.quiet()
        await snapshot.look_up_no_more(installation)
        await snapshot.check_said(installation, stage.operator, since)
        await _all_are_registered_once(stage, since, numbers)


async def _publish(stage: Stage, hundreds: range) -> None:
    """Letters of a partner, a hundred on their way at a time."""
    key = keys.public_key(stage.installation.folder / "keys", keys.VAULT)
    content = SUBMISSIONS[1].content.model_dump_json(exclude_none=True).encode()
    letter = SubmitPetition(channel="yidiantong", content=keys.seal(content, key))
    for first in hundreds:
        sent = (stage.send("partner_yidiantong", letter, f"stop-{n}") for n in range(first, first + 100))
        await asyncio.gather(*sent)


async def _post(stage: Stage, poster: int) -> list[str]:
    """One citizen after another, each until there is an answer; returns their numbers."""
    answers = [await stage.post(f"stop-{poster}-{n}", SUBMISSIONS[0]) for n in range(POSTS)]
    assert {one.status_code for one in answers} <= {200, 201}
    return [one.json()["petition"] for one in answers]


async def _are_taken_in(installation: Installation, since: Mark, messages: int) -> bool:
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        rows = await connection.fetchval("SELECT count(*) FROM intake.inbox")
    finally:
        await connection.close()
    return int(rows) - since.inbox["intake"] > messages


async def _heard(stage: Stage, service: str, stream: Stream, after: int) -> int:
    """How many of a stream's messages are for this service; of commands, which are cleared away, all there were."""
    if stream is Stream.COMMANDS:
        return (await snapshot.last_sequences(stage.operator))[stream] - after
    patterns = subscription_tables()[service][stream]
    stored = await snapshot.stored(stage.operator, stream, after)
    return sum(any(_matches(one.subject, pattern) for pattern in patterns) for one in stored)


def _matches(subject: str, pattern: str) -> bool:
    return all(want in ("*", ">", have) for have, want in zip(subject.split("."), pattern.split("."), strict=False))


async def _what_was_handled_is_acknowledged_and_published(stage: Stage, since: Mark) -> None:
    """While nobody runs: the broker still holds exactly what no inbox has, and no round is left for a sweep."""
    connection = await asyncpg.connect(stage.installation.postgres.url)
    try:
        assert await snapshot.unpublished(connection) == 0
        for service, stream in (("intake", Stream.COMMANDS), ("metrics", Stream.EVENTS)):
            handled = await connection.fetchval(
                f"SELECT count(*) FROM {service}.inbox WHERE stream = $1 AND sequence > $2",
                stream.value,
                since.streams[stream],
            )
            heard = await _heard(stage, service, stream, since.streams[stream])
            left = await stage.left(service, stream)
            assert 0 < left < heard or stream is Stream.EVENTS
            assert handled + left == heard, service
    finally:
        await connection.close()


async def _all_are_registered_once(stage: Stage, since: Mark, numbers: Sequence[Sequence[str]]) -> None:
    facts = await snapshot.stored(stage.operator, Stream.EVENTS, since.streams[Stream.EVENTS])
    registered = [one for one in facts if one.headers["ce-type"] == "intake.petition_registered.v1"]
    told = [json.loads(one.body)["petition"] for one in registered]
    assert len(told) == len(set(told)) == LETTERS + POSTERS * POSTS
    assert sorted(told) == [number(TODAY.year, place) for place in range(1, len(told) + 1)]
    given = [one for numbers_of_one in numbers for one in numbers_of_one]
    assert len(given) == len(set(given)) and set(given) <= set(told)


# -- in an outage


@pytest.mark.parametrize("server", ["nats", "postgres"])
def test_services_stop_while_a_server_is_away_and_nothing_is_lost(installation: Installation, server: str) -> None:
    asyncio.run(_in_an_outage(installation, server))


async def _in_an_outage(installation: Installation, server: str) -> None:
    async with on_stage(installation) as stage:
        await stage.tick(TODAY)
        await stage.quiet()
        since = await snapshot.mark(installation, stage.operator)
        async with AsyncExitStack() as services_are_stopped:
            with away(installation.nats if server == "nats" else installation.postgres):
                posting = asyncio.gather(*(stage.post(f"outage-{server}-{n}", SUBMISSIONS[0]) for n in range(3)))
                if server == "nats":
                    await posting
                await services_are_stopped.enter_async_context(stopped(installation))
        numbers = {one.json()["petition"] for one in await posting}
        await stage.quiet()

        async def told() -> bool:
            facts = await snapshot.stored(stage.operator, Stream.EVENTS, since.streams[Stream.EVENTS])
            return {json.loads(one.body)["petition"] for one in facts} == numbers

        await eventually(told, seconds=30)
        await snapshot.look_up_no_more(installation)
        await snapshot.check_said(installation, stage.operator, since)


# -- whoever is slow


def test_a_request_that_never_ends_does_not_keep_a_service_from_stopping(installation: Installation) -> None:
    door = ("127.0.0.1", installation.running["intake"].port)
    head = f"POST /v1/{DISTRICT}/petitions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{"
    with socket.create_connection(door) as slow, socket.create_connection(door):
        slow.sendall(head.encode())
        asyncio.run(_stop_once(installation, ["intake"]))


async def _stop_once(installation: Installation, names: Sequence[str]) -> None:
    async with stopped(installation, names):
        pass
