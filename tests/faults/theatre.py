"""One installation in which the script is played year after year, and the ordinary way to play it."""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

from xinfang_contracts.registry import Stream

from services.installation import Installation
from tests.conftest import YANFENG

from . import snapshot
from .script import EXPIRED, REVIEWED, SCREENED, SUBMISSIONS, Command, day, screenings, waves
from .snapshot import Snapshot
from .stage import Stage, hasten, on_stage

FIRST = 2031


@dataclass
class Theatre:
    """One installation, played in year after year."""

    installation: Installation
    years: Iterator[int] = field(default_factory=lambda: count(FIRST))


Scene = Callable[[Stage, int], Awaitable[None]]


def the_same_every_year(folder: Path) -> Path:
    """雁峰区's file without what differs from year to year: working days; and no retention period, whose end would fall
    into the tenth play after.
    """
    shutil.copytree(YANFENG.parent, folder, dirs_exist_ok=True)
    path = folder / YANFENG.name
    text = re.sub(r"(?m)^retention:\n(?: .*\n)+", "", path.read_text())
    path.write_text(text.replace("unit: working_day", "unit: calendar_day"))
    return path


def open_theatre(installation: Installation) -> Theatre:
    """An installation whose broker waits one second for acknowledgements, so that crashes cost seconds and not ten."""
    asyncio.run(_prepare(installation))
    return Theatre(installation)


async def _prepare(installation: Installation) -> None:
    await hasten(installation)
    async with on_stage(installation) as stage:
        # As every play finds it: the clock stands where the play before has left it.
        await stage.tick(day(FIRST - 1, EXPIRED))
        await stage.declare()
        await stage.enrol()
        since = await snapshot.mark(installation, stage.operator)
        await snapshot.take(installation, stage.operator, since, FIRST - 1)


def play(theatre: Theatre, scene: Scene, *, stands_once: bool = True, nobody_dies: bool = True) -> Snapshot:
    """What a scene leaves, when all that it led to is over.

    ``stands_once``: nothing stands twice in a stream. ``nobody_dies``: nothing is left for the sweep.
    """
    before = swept(theatre.installation)
    found = asyncio.run(_play(theatre, scene, stands_once))
    assert swept(theatre.installation) == before or not nobody_dies
    return found


def swept(installation: Installation) -> int:
    """How often a service has found a round that nobody had published, by its own account."""
    return sum(one.log.read_text().count("round.swept") for one in installation.running.values())


async def _play(theatre: Theatre, scene: Scene, stands_once: bool) -> Snapshot:
    year, installation = next(theatre.years), theatre.installation
    async with on_stage(installation) as stage:
        # What the turn of the year says is of the play before.
        await stage.tick(date(year, 1, 1))
        await stage.quiet()
        since = await snapshot.mark(installation, stage.operator)
        await scene(stage, year)
        await stage.quiet()
        found = await snapshot.take(installation, stage.operator, since, year)
        if stands_once:
            await snapshot.check_said(installation, stage.operator, since)
        return found


async def screen(stage: Stage, year: int, commands: Sequence[Command], copies: int = 1) -> None:
    """The clerk's day; it ends when every accepted petition is a case."""
    await stage.tick(day(year, SCREENED), copies)
    await stage.say(year, commands, copies)
    await stage.quiet()
    await stage.tick(day(year, REVIEWED), copies)


async def review(stage: Stage, year: int, waiting: Sequence[Sequence[Command]], copies: int = 1) -> None:
    """One wave after another."""
    for wave in waiting:
        await stage.say(year, wave, copies)
        await stage.quiet()


async def plainly(stage: Stage, year: int, copies: int = 1) -> None:
    """Everything in its order, nothing before what it waits for is there."""
    await stage.register(year, SUBMISSIONS, copies)
    await screen(stage, year, screenings(year), copies)
    await review(stage, year, waves(year), copies)
    await stage.tick(day(year, EXPIRED), copies)


def play_once(theatre: Theatre) -> Snapshot:
    """What the script leaves when nothing goes wrong: what every other play is held against."""
    found = play(theatre, plainly)
    assert sum(found["intake.petitions"].values()) == 10
    assert sum(found["routing.cases"].values()) == 5
    assert sum("routing.case_overdue.v1" in fact for fact in found[Stream.EVENTS]) == 2
    assert sum("review.case_concluded.v1" in fact for fact in found[Stream.EVENTS]) == 3
    assert not found[Stream.DEAD]
    return found
