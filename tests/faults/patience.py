"""Intake that dies at a named point while a client waits for an answer, and comes back; the client that tries again."""

import asyncio

import httpx

from services.installation import Installation
from tests.flows.doors import Call

PATIENCE = 60


def through_death(installation: Installation, call: Call, point: str) -> list[str]:
    """What a call is answered when intake dies at ``point`` under it, and when it is sent once more after that."""
    installation.kill_service("intake")
    installation.start_service("intake", crash_at=point)
    installation.wait_ready(["intake"])
    try:
        told = asyncio.run(_until_answered(installation, call))
        # Sent before the answer got lost, or by an impatient client: once more, and it is the same.
        assert asyncio.run(_until_answered(installation, call)) == told
    finally:
        if installation.running["intake"].process.poll() is not None:
            installation.start_service("intake")
        installation.wait_ready(["intake"])
    return told


async def _until_answered(installation: Installation, call: Call) -> list[str]:
    """A client's ordinary retry. The service comes back after it has died, as its supervisor would bring it back."""
    base = f"http://127.0.0.1:{installation.running['intake'].port}"
    deadline = asyncio.get_running_loop().time() + PATIENCE
    async with httpx.AsyncClient(base_url=base, timeout=40) as client:
        while True:
            if installation.running["intake"].process.poll() is not None:
                installation.start_service("intake")
            try:
                answer = await call.send(client)
                if answer.status_code in (200, 201):
                    return call.numbers(answer)
                assert answer.status_code == 503, (answer.status_code, answer.text)
            except httpx.TransportError:
                pass
            assert asyncio.get_running_loop().time() < deadline, "no answer"
            await asyncio.sleep(0.05)
