"""The look for repeats, broken off anywhere and shared by replicas: each petition once, in order, at its own time."""

import asyncio
import json
from datetime import date, datetime

import pytest
from xinfang_contracts.registry import Stream, clock_subject

from services.installation import Installation
from services.runtime import faultpoints
from services.runtime.clock import civil_date
from tests.conftest import Install
from tests.eventually import eventually
from tests.flows.outside import DISTRICT, connected, fresh, http, rest, rows, stored, tick

TEXT = "反映柳树湾村支书赵德旺把低保给了开小车的弟弟,镇里拨下的低保资金12.8万元从不公示,真正困难的老人没有评上。"
REPLICAS, SHOWN = ("intake", "intake-2"), 5


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """Two replicas on their first day."""
    installation = install(replicas=2)
    asyncio.run(tick(installation, "2023-03-01"))
    return installation


async def hand_in(installation: Installation, count: int) -> None:
    """The same letter so many times over."""
    async with http(installation) as door:

        async def post() -> None:
            body = {"channel": "web", "text": TEXT}
            headers = {"Idempotency-Key": fresh("seek-")}
            answer = await door.post(f"/v1/{DISTRICT}/petitions", json=body, headers=headers)
            assert answer.status_code == 201, answer.text

        await asyncio.gather(*(post() for _ in range(count)))


async def left(installation: Installation) -> int:
    """How many are still to be looked up."""
    return len(await rows(installation, "SELECT 1 FROM intake.unsigned"))


def kill_all(installation: Installation) -> None:
    for name in REPLICAS:
        installation.kill_service(name)


async def start_all(installation: Installation) -> None:
    for number, _ in enumerate(REPLICAS, 1):
        installation.start_service("intake", replica=number)
    await asyncio.to_thread(installation.wait_ready, list(REPLICAS))


async def assert_each_was_looked_up_once_among_those_before_it(installation: Installation) -> None:
    """Every petition that was ever handed in says the same letter: it repeats all before it, the first are shown."""

    async def is_done() -> bool:
        return await left(installation) == 0

    await eventually(is_done, seconds=90)
    await rest(installation)
    known = await rows(installation, "SELECT petition, state FROM intake.petitions ORDER BY petition")
    days = {row["petition"]: date.fromisoformat(json.loads(row["state"])["traits"]["received_on"]) for row in known}
    numbers = list(days)
    signed = await rows(installation, "SELECT petition FROM intake.signatures ORDER BY petition")
    assert [row["petition"] for row in signed] == numbers

    async def is_said() -> bool:
        """What a dead process had committed is said by a sweep."""
        said = [one.subject for one in await stored(installation, Stream.EVENTS)]
        return bool(sum(subject.endswith("repeat_proposed.v1") for subject in said) >= len(numbers) - 1)

    await eventually(is_said, seconds=60)
    said = [one for one in await stored(installation, Stream.EVENTS) if one.subject.endswith("repeat_proposed.v1")]
    proposed = [(json.loads(one.data), datetime.fromisoformat(one.headers["ce-time"])) for one in said]
    found = sorted((one["petition"], [other["petition"] for other in one["of"]]) for one, _ in proposed)
    assert found == [(one, numbers[:place][:SHOWN]) for place, one in enumerate(numbers) if place]
    assert [civil_date(at) for _, at in proposed] == [days[one["petition"]] for one, _ in proposed]


async def test_killed_in_the_middle_it_goes_on_where_it_was_and_bears_the_petitions_own_day(
    installation: Installation,
) -> None:
    await hand_in(installation, 25)

    async def has_begun() -> bool:
        return 0 < await left(installation) < 25

    await eventually(has_begun)
    kill_all(installation)
    assert await left(installation) > 0
    async with connected(installation, "clock") as (clock,):
        subject = clock_subject(DISTRICT, "day")
        await clock.jetstream().publish(subject, b"{}", headers={"ce-time": "2023-03-05T00:00:00+08:00"})
    await start_all(installation)
    await assert_each_was_looked_up_once_among_those_before_it(installation)


@pytest.mark.parametrize("point", faultpoints.POINTS)
async def test_dying_at_any_point_of_its_round_it_loses_nothing_and_says_nothing_twice(
    installation: Installation, point: str
) -> None:
    # More than are looked up while they are handed in.
    await hand_in(installation, 20)
    kill_all(installation)
    assert await left(installation) > 0
    dying = installation.start_service("intake", crash_at=f"{point}:1").process
    assert await asyncio.to_thread(dying.wait, 60) == 137
    await start_all(installation)
    await assert_each_was_looked_up_once_among_those_before_it(installation)
