"""A year of ticks, as it should be, doubled, late or almost all lost: the same is said, and the same is left."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date, timedelta

import pytest

from services.installation import Installation
from tests.conftest import Install

from .ticking import Play, act, days, districts, script

FIRST, LAST = date(2023, 1, 1), date(2024, 3, 1)
Ticking = Callable[[Play, date, date], Awaitable[None]]


async def daily(play: Play, since: date, day: date) -> None:
    """Each day by itself."""
    for one in days(since + timedelta(days=1), day + timedelta(days=1)):
        await play.tick(one)


async def lost(play: Play, since: date, day: date) -> None:
    """None but the last."""
    await play.tick(day)


async def doubled(play: Play, since: date, day: date) -> None:
    """Each twice, many at once."""
    waiting = [one for found in days(since + timedelta(days=1), day + timedelta(days=1)) for one in (found, found)]
    await play.tick(*waiting or [day])


async def late(play: Play, since: date, day: date) -> None:
    """The last first, then those before it, the newest of them first."""
    await play.tick(day)
    await play.tick(*reversed(days(since, day)), day)


WAYS: dict[str, Ticking] = {"990001": daily, "990002": lost, "990003": doubled, "990004": late}


@pytest.fixture(scope="module")
def routing(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Routing alone, of one district for each way."""
    found = install(districts(tmp_path_factory.mktemp("districts"), WAYS))
    for name in list(found.running):
        if name != "routing":
            found.kill_service(name)
    return found


@pytest.fixture
async def plays(routing: Installation) -> AsyncIterator[Sequence[Play]]:
    """One district a way."""
    found = [Play(routing, code) for code in WAYS]
    yield found
    for play in found:
        await play.close()


async def played(play: Play) -> None:
    """The year, and all that is due after it."""
    await play.tick(FIRST)
    last = FIRST
    for day, who, what in script(play):
        # What services say has its own time; a tick is lost before it, too. A command's time is the last tick's.
        needs_tick = who not in ("accept", "above", "conclude") or WAYS[play.code] is not lost
        if day != last and needs_tick:
            await WAYS[play.code](play, last, day)
            last = day
        await act(play, day, who, what)
    await WAYS[play.code](play, last, LAST)


async def test_whatever_the_ticks_do_the_same_is_said_and_left(plays: Sequence[Play]) -> None:
    for play in plays:
        await played(play)
    said = [await play.said() for play in plays]
    states = [await play.states() for play in plays]
    kinds = {kind for facts in said[0].values() for kind, _ in facts}
    assert kinds == {
        "case_assigned",
        "case_overdue",
        "clock_started",
        "clock_stopped",
        "clock_extended",
        "clock_suspended",
        "clock_resumed",
        "clock_warned",
        "clock_ran_out",
        "command_refused",
    }
    assert len(states[0]) == 6
    for other in (1, 2, 3):
        assert said[other] == said[0]
        assert states[other] == states[0]
