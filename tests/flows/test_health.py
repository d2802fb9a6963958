"""Readiness means consuming; a service says what it lacks, takes up its work again by itself, and ends cleanly."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from nats.aio.client import Client
from xinfang_contracts.registry import Stream

from services.catalogue import SERVICES, subscription_tables
from services.installation import Installation
from services.runtime import topology
from tests.eventually import eventually_sync
from tests.flows.outside import (
    DISTRICT,
    PARTNER,
    SUBMIT,
    connected,
    dead_letters,
    headers_of,
    rest,
    rows,
    send,
    subject_of,
    submission,
    tick,
)

BACK_SECONDS = 60
GRACE_SECONDS = 20
MANY = 300


@pytest.fixture(scope="module", autouse=True)
def ticked(installation: Installation) -> None:
    asyncio.run(tick(installation, "2023-03-01"))


def readiness(installation: Installation, service: str) -> tuple[int, str]:
    """Status and text of ``/readyz``."""
    answer = httpx.get(f"http://127.0.0.1:{installation.running[service].port}/readyz", timeout=10)
    return answer.status_code, answer.text


def until_wrong(installation: Installation, service: str, *words: str) -> None:
    """Wait until a service is not ready and says why, while it is alive all the same."""

    def says() -> bool:
        status, text = readiness(installation, service)
        return status == 503 and all(word in text for word in words)

    assert eventually_sync(says, seconds=BACK_SECONDS)
    assert httpx.get(f"http://127.0.0.1:{installation.running[service].port}/livez").status_code == 200


def until_ready(installation: Installation, *services: str) -> None:
    """Wait until they are ready again."""
    said: dict[str, str] = {}

    def all_ready() -> bool:
        answers = {service: readiness(installation, service) for service in services}
        said.update({service: text for service, (_, text) in answers.items()})
        return all(status == 200 for status, _ in answers.values())

    try:
        eventually_sync(all_ready, seconds=BACK_SECONDS)
    except AssertionError:
        raise AssertionError(f"not ready within {BACK_SECONDS} s: {said}") from None


def as_operator(installation: Installation, do: Callable[[Client], object]) -> None:
    async def run() -> None:
        async with connected(installation, "operator") as (operator,):
            await do(operator)  # type: ignore[misc]

    asyncio.run(run())


def registered(installation: Installation) -> int:
    return len(asyncio.run(rows(installation, "SELECT 1 FROM intake.petitions WHERE state->>'status' = 'registered'")))


async def one_petition(installation: Installation) -> None:
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
        await send(partner, PARTNER, SUBMIT, submission(installation, {"text": "虚构的一件"}))
    await rest(installation)


def test_all_are_ready_and_show_their_rounds(installation: Installation) -> None:
    asyncio.run(one_petition(installation))
    for service in SERVICES:
        assert readiness(installation, service) == (200, '{"status":"ready","wrong":[]}')
    for service in ("intake", "metrics"):
        text = httpx.get(f"http://127.0.0.1:{installation.running[service].port}/metrics").text
        (count,) = re.findall(rf'^xinfang_round_seconds_count{{service="{service}"}} (\S+)$', text, re.MULTILINE)
        assert float(count) >= 1


def test_a_service_whose_consumer_is_gone_is_not_ready_until_the_topology_is_applied(
    installation: Installation,
) -> None:
    as_operator(installation, lambda one: one.jetstream().delete_consumer(Stream.EVENTS.value, "routing_events"))
    until_wrong(installation, "routing", "routing_events", "xinfang topology")
    assert readiness(installation, "review")[0] == 200
    asyncio.run(installation.apply_topology())
    until_ready(installation, "routing")


def test_a_service_whose_consumer_differs_is_not_ready_until_the_topology_is_applied(
    installation: Installation,
) -> None:
    planned = topology.consumers(subscription_tables(), installation.districts.values())
    config = next(one.config for one in planned if one.name == "review_events")
    less = replace(config, filter_subjects=None, filter_subject="xf.*.event.routing.case_assigned.v2")
    as_operator(installation, lambda one: one.jetstream().add_consumer(Stream.EVENTS.value, less))
    until_wrong(installation, "review", "review_events", "xinfang topology")
    asyncio.run(installation.apply_topology())
    until_ready(installation, "review")


def test_without_nats_none_is_ready_and_with_it_all_work_again(installation: Installation) -> None:
    before = registered(installation)
    installation.nats.kill()
    for service in SERVICES:
        until_wrong(installation, service, "NATS")
    installation.nats.start()
    until_ready(installation, *SERVICES)
    asyncio.run(one_petition(installation))
    assert registered(installation) == before + 1


def test_without_postgresql_none_is_ready_and_with_it_all_work_again(installation: Installation) -> None:
    before = registered(installation)
    installation.postgres.kill()
    for service in SERVICES:
        until_wrong(installation, service, "数据库", "database")
    installation.postgres.start()
    until_ready(installation, *SERVICES)
    asyncio.run(one_petition(installation))
    assert registered(installation) == before + 1


def test_who_is_told_to_stop_finishes_in_time_and_loses_nothing(installation: Installation) -> None:
    """In the middle of a rush; what was not finished is the next one's, and nobody's twice."""
    before = registered(installation)
    asyncio.run(_rush(installation))
    process = installation.running["intake"].process
    process.terminate()
    assert process.wait(GRACE_SECONDS) == 0
    stopped = registered(installation)
    installation.start_service("intake")
    installation.wait_ready(["intake"])
    asyncio.run(rest(installation))
    assert before < stopped
    assert registered(installation) == before + MANY
    assert asyncio.run(dead_letters(installation)) == {}


async def _rush(installation: Installation) -> None:
    """Send many, and return when the first have been registered."""
    subject = subject_of(SUBMIT, PARTNER)
    before = len(await rows(installation, "SELECT 1 FROM intake.petitions"))
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
        js = partner.jetstream(timeout=30)
        bodies = [submission(installation, {"text": f"虚构第{number}件"}) for number in range(MANY)]
        await asyncio.gather(*(js.publish(subject, body, headers=headers_of(SUBMIT)) for body in bodies))
        while len(await rows(installation, "SELECT 1 FROM intake.petitions")) == before:
            await asyncio.sleep(0)


def test_each_service_ends_in_time(installation: Installation) -> None:
    for running in installation.running.values():
        running.process.terminate()
    for name, running in installation.running.items():
        assert running.process.wait(GRACE_SECONDS) == 0, name
        assert "service.stopped" in running.log.read_text().splitlines()[-1]
