"""A client's patience: it tries again while there is no answer, also when intake dies under it at a named point."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from services.installation import Installation
from tests.flows.doors import Call

PATIENCE = 60


async def until_answered(
    send: Callable[[], Awaitable[httpx.Response]], supervise: Callable[[], None] = lambda: None
) -> httpx.Response:
    """The first answer that is not "try again", else the last there was; ``supervise`` is called before each try."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        supervise()
        try:
            answer = await send()
            if answer.status_code != 503 or asyncio.get_running_loop().time() > deadline:
                return answer
        except httpx.TransportError:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(0.05)


def through_death(installation: Installation, call: Call, point: str) -> list[str]:
    """What a call is answered when intake dies at ``point`` under it, and when it is sent once more after that."""
    installation.kill_service("intake")
    installation.start_service("intake", crash_at=point)
    installation.wait_ready(["intake"])
    try:
        told = asyncio.run(_answered(installation, call))
        # Sent before the answer got lost, or by an impatient client: once more, and it is the same.
        assert asyncio.run(_answered(installation, call)) == told
    finally:
        _bring_back(installation)
        installation.wait_ready(["intake"])
    return told


def _bring_back(installation: Installation) -> None:
    """After a death, as a supervisor does."""
    if installation.running["intake"].process.poll() is not None:
        installation.start_service("intake")


async def _answered(installation: Installation, call: Call) -> list[str]:
    base = f"http://127.0.0.1:{installation.running['intake'].port}"
    async with httpx.AsyncClient(base_url=base, timeout=40) as client:
        answer = await until_answered(lambda: call.send(client), lambda: _bring_back(installation))
    assert answer.status_code in (200, 201), (answer.status_code, answer.text)
    return call.numbers(answer)
