"""Two replicas of routing cross cases at once: the units stay even, within one."""

import asyncio

import pytest
from xinfang_contracts.intake import Acceptance, PetitionContent, ScreenPetition
from xinfang_contracts.message import Category, Rank

from services.installation import Installation, new_id
from tests.conftest import Install
from tests.faults.script import DISTRICT, Submission
from tests.faults.stage import on_stage
from tests.flows.outside import rows, tick

PETITIONS = 60
NOWHERE = PetitionContent(text="虚构:不知所在的村账目不清")


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """Two replicas of each service."""
    return install(replicas=2)


async def test_two_replicas_that_cross_at_once_stay_even(installation: Installation) -> None:
    await tick(installation, "2023-03-01")
    async with on_stage(installation) as stage:
        letters = [Submission(f"{n}", "partner_yidiantong", "yidiantong", NOWHERE) for n in range(PETITIONS)]
        await asyncio.gather(*(stage.submit(2023, one) for one in letters))
        await stage.quiet()
        acceptance = Acceptance(category=Category.LIFE, rank=Rank.VILLAGE_OR_OTHER, real_name=False)
        await asyncio.gather(
            *(
                stage.send(
                    "office_petition",
                    ScreenPetition(petition=f"{DISTRICT}-2023-{n:06d}", decision=acceptance),
                    new_id(),
                )
                for n in range(1, PETITIONS + 1)
            )
        )
        await stage.quiet()
        shares = [await stage.counted(name, "xinfang_messages_handled") for name in replicas(installation)]
        assert len(shares) == 2
    given = await units(installation)
    assert sum(given.values()) == PETITIONS
    assert max(given.values()) - min(given.values()) <= 1
    kept = await rows(installation, "SELECT unit, given FROM routing.loads WHERE given > 0")
    assert {row["unit"]: row["given"] for row in kept} == given


def replicas(installation: Installation) -> list[str]:
    return [name for name in installation.running if name.partition("-")[0] == "routing"]


async def units(installation: Installation) -> dict[str, int]:
    """Unit -> cases that it handles; a unit with none is there too."""
    found = await rows(installation, "SELECT state->>'unit' AS unit, count(*) AS n FROM routing.cases GROUP BY 1")
    handled = {row["unit"]: row["n"] for row in found}
    outside = [unit.code for unit in installation.districts[DISTRICT].units if unit.kind != "organ"]
    return {unit: handled.get(unit, 0) for unit in outside}
