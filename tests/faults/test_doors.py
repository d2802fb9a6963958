"""Intake dies at any moment of any door: whoever tries again, as clients do, ends with exactly one petition."""

import asyncio
import itertools

import httpx
import pytest

from services.installation import Installation
from services.runtime.faultpoints import AFTER_COMMIT, AFTER_PUBLISH, BEFORE_ACKNOWLEDGE, BEFORE_COMMIT
from tests.conftest import Install
from tests.flows.doors import DOORS, Call, open_doors
from tests.flows.outside import rest, rows

PATIENCE = 60
_keys = itertools.count(1)


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """Its time is the broker's, as in production."""
    started = install(replay=False)
    open_doors(started)
    return started


@pytest.mark.parametrize("point", [BEFORE_COMMIT, AFTER_COMMIT, AFTER_PUBLISH, BEFORE_ACKNOWLEDGE])
@pytest.mark.parametrize("name", DOORS)
def test_intake_dies_and_the_petition_is_there_once(installation: Installation, name: str, point: str) -> None:
    call = DOORS[name].call(installation, f"{name}-{next(_keys)}", f"经{name}反映村务公开栏长期空白。")
    installation.kill_service("intake")
    installation.start_service("intake", crash_at=point)
    installation.wait_ready(["intake"])
    try:
        numbers = asyncio.run(_until_answered(installation, call))
        # Sent before the answer got lost, or by an impatient client: once more, and it is the same.
        assert asyncio.run(_until_answered(installation, call)) == numbers
    finally:
        if installation.running["intake"].process.poll() is not None:
            installation.start_service("intake")
        installation.wait_ready(["intake"])
    asyncio.run(_stands_once(installation, name, numbers))


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


async def _stands_once(installation: Installation, name: str, numbers: list[str]) -> None:
    await rest(installation)
    (number,) = numbers
    petitions = await rows(installation, "SELECT petition, state ->> 'status' AS status FROM intake.petitions")
    assert [one["status"] for one in petitions if one["petition"] == number] == ["registered"]
    last = await rows(installation, "SELECT sum(last)::int AS last FROM intake.serials")
    assert last[0]["last"] == len(petitions), "a number without a petition"
    assert len(petitions) == len({one["petition"] for one in petitions}) == _given(number)
    (traits,) = await rows(
        installation, "SELECT state #> '{traits}' AS traits FROM intake.petitions WHERE petition = $1", number
    )
    assert f'"channel": "{DOORS[name].channel}"' in traits["traits"]
    assert f'"form": "{DOORS[name].form}"' in traits["traits"]


def _given(number: str) -> int:
    """How many petitions there are when this is the newest number: numbers have no gaps."""
    return int(number.rsplit("-", 1)[1])
