"""Intake dies at any moment of any door: whoever tries again, as clients do, ends with exactly one petition."""

import asyncio
import itertools

import pytest

from services.installation import Installation
from services.runtime.faultpoints import AFTER_COMMIT, AFTER_PUBLISH, BEFORE_ACKNOWLEDGE, BEFORE_COMMIT
from tests.conftest import Install
from tests.faults.patience import through_death
from tests.flows.doors import DOORS, open_doors
from tests.flows.outside import rest, rows

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
    numbers = through_death(installation, call, point)
    asyncio.run(_stands_once(installation, name, numbers))


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
