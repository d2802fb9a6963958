"""Any message delivered twice, swapped, early, late, or again after a crash leaves the same rows and facts, once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from xinfang_contracts.registry import Stream

from services.installation import Installation, new_id
from services.runtime import faultpoints
from services.runtime.incoming import Outgoing
from services.runtime.publish import publish_one
from tests.conftest import Install
from tests.eventually import eventually

from . import snapshot
from .script import EXPIRED, SCREENED, SUBMISSIONS, Command, cases, day, screenings, waves
from .snapshot import Snapshot, assert_same
from .stage import Stage
from .theatre import FIRST, Theatre, open_theatre, plainly, play, play_once, review, screen, the_same_every_year

few = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # an example takes seconds: a failing one is reported as it is
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def theatre(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """A stage of this module's own."""
    return open_theatre(install(the_same_every_year(tmp_path_factory.mktemp("districts"))))


@pytest.fixture(scope="module")
def once(theatre: Theatre) -> Snapshot:
    """What every other play is held against."""
    return play_once(theatre)


# -- the same again


def test_every_command_tick_and_post_twice_and_all_of_it_again_later(theatre: Theatre, once: Snapshot) -> None:
    async def scene(stage: Stage, year: int) -> None:
        await plainly(stage, year, copies=2)
        everything = [*screenings(year), *(one for commands in cases(year).values() for one in commands)]
        random.Random(year).shuffle(everything)
        await stage.say(year, everything)
        await asyncio.gather(*(stage.submit(year, one) for one in SUBMISSIONS))
        for past in (EXPIRED, SCREENED):
            await stage.tick(day(year, past))

    assert_same(play(theatre, scene), once)


def test_every_fact_again_as_a_broker_that_was_rebuilt_would_have_it(theatre: Theatre, once: Snapshot) -> None:
    async def scene(stage: Stage, year: int) -> None:
        before = (await snapshot.last_sequences(stage.operator))[Stream.EVENTS]
        await plainly(stage, year)
        for fact in await snapshot.stored(stage.operator, Stream.EVENTS, before):
            owner = await stage.client(fact.headers["ce-source"])
            # Not the broker's own headers: they would make it part of a batch that never ends.
            said = {name: value for name, value in fact.headers.items() if not name.startswith("Nats-")}
            headers = said | {"Nats-Msg-Id": new_id()}
            await publish_one(owner, Outgoing(Stream.EVENTS, fact.subject, headers, fact.body))

    facts = once[Stream.EVENTS]
    assert_same(play(theatre, scene, stands_once=False), once | {Stream.EVENTS: facts + facts})


# -- another order


def turns_of(chains: Mapping[int, Sequence[Command]], order: Sequence[int]) -> list[Command]:
    """Commands of several petitions, whose turn it is by ``order``, each petition's in its own order."""
    left = {place: iter(commands) for place, commands in chains.items()}
    return [next(left[place]) for place in order]


def another_order_of(places: Sequence[int]) -> st.SearchStrategy[list[int]]:
    return st.permutations(places).filter(lambda order: order != list(places))


TURNS = [place for place, commands in cases(FIRST).items() for _ in commands]


# What the script leaves is a long value, and an argument here.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@few
@given(another_order_of(range(len(screenings(FIRST)))), another_order_of(TURNS))
def test_petitions_overtake_each_other(
    theatre: Theatre, once: Snapshot, screened: list[int], reviewed: list[int]
) -> None:
    async def scene(stage: Stage, year: int) -> None:
        await stage.register(year, SUBMISSIONS)
        decisions = screenings(year)
        await screen(stage, year, [decisions[place] for place in screened])
        await stage.say(year, turns_of(cases(year), reviewed))
        await stage.quiet()
        await stage.tick(day(year, EXPIRED))

    assert_same(play(theatre, scene), once)


@few
@given(another_order_of(range(len(TURNS))), st.lists(st.integers(0, len(TURNS) - 1), min_size=5, max_size=20))
def test_in_an_order_that_is_refused_the_refusals_are_the_same(
    theatre: Theatre, order: list[int], doubled: list[int]
) -> None:
    """One at a time, or all of them at once and some of them twice."""

    def commands(year: int) -> list[Command]:
        straight = [one for commands in cases(year).values() for one in commands]
        return [straight[place] for place in order]

    async def slowly(stage: Stage, year: int) -> None:
        await stage.register(year, SUBMISSIONS)
        await screen(stage, year, screenings(year))
        await review(stage, year, [[one] for one in commands(year)])
        await stage.tick(day(year, EXPIRED))

    async def at_once(stage: Stage, year: int) -> None:
        await stage.register(year, SUBMISSIONS)
        await screen(stage, year, screenings(year))
        said = commands(year)
        for place in doubled:
            said.insert(random.Random(place).randint(place + 1, len(said)), said[place])
        await stage.say(year, said)
        await stage.quiet()
        await stage.tick(day(year, EXPIRED))

    expected = play(theatre, slowly)
    assert sum("review.command_refused" in fact for fact in expected[Stream.EVENTS]) > 3
    assert_same(play(theatre, at_once), expected)


# -- too early, too late


@pytest.mark.parametrize("service", ["routing", "metrics"])
def test_facts_come_late_and_reports_too_early(theatre: Theatre, once: Snapshot, service: str) -> None:
    """While routing is away no case is assigned: the units' reports must wait for it, not be refused."""
    installation = theatre.installation

    async def put_back(stage: Stage) -> float:
        return await stage.counted("review", "xinfang_messages_failed")

    async def scene(stage: Stage, year: int) -> None:
        await stage.register(year, SUBMISSIONS)
        installation.kill_service(service)
        stage.absent.add(service)
        await screen(stage, year, screenings(year))
        reports, *opinions = waves(year)
        before = await put_back(stage)
        await stage.say(year, reports)
        if service == "routing":

            async def all_wait() -> bool:
                return await put_back(stage) >= before + len(reports)

            await eventually(all_wait)
        else:
            await review(stage, year, opinions)
            await stage.tick(day(year, EXPIRED))
        installation.start_service(service)
        stage.absent.clear()
        await stage.quiet()
        if service == "routing":
            await review(stage, year, opinions)
            await stage.tick(day(year, EXPIRED))

    assert_same(play(theatre, scene, nobody_dies=False), once)


# -- death at each point

ROUNDS = {"intake": 4, "routing": 1, "review": 3, "metrics": 4}
"""In which of its rounds each service dies: in the middle of the script."""


@dataclass
class Deaths:
    """Starts services that are bound to die once, and starts them again when they have."""

    installation: Installation
    point: str
    seen: Counter[str] = field(default_factory=Counter)

    def bind(self, service: str, rounds: int) -> None:
        """Start a service anew, to die in that round."""
        self.installation.kill_service(service)
        self.installation.start_service(service, crash_at=f"{self.point}:{rounds}")

    async def watch(self) -> None:
        """As a supervisor does."""
        while True:
            for service, running in list(self.installation.running.items()):
                if (code := running.process.poll()) is not None:
                    assert code == 137
                    self.seen[service] += 1
                    self.installation.start_service(service)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def dying(installation: Installation, point: str, rounds: Mapping[str, int]) -> AsyncIterator[Deaths]:
    """Every service dies at a point in one of its rounds."""
    deaths = Deaths(installation, point)
    for service, number in rounds.items():
        deaths.bind(service, number)
    watching = asyncio.create_task(deaths.watch())
    try:
        yield deaths
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@pytest.mark.parametrize("point", faultpoints.POINTS)
def test_every_service_dies_in_the_middle(theatre: Theatre, once: Snapshot, point: str) -> None:
    """And routing once more, over the cases that are overdue: those come from no message but from its own table."""
    installation = theatre.installation

    async def scene(stage: Stage, year: int) -> None:
        async with dying(installation, point, ROUNDS) as deaths:
            await stage.register(year, SUBMISSIONS)
            await screen(stage, year, screenings(year))
            await review(stage, year, waves(year))
            await eventually(lambda: deaths.seen == Counter(dict.fromkeys(ROUNDS, 1)))
            deaths.bind("routing", 1)
            await stage.tick(day(year, EXPIRED))
            await eventually(lambda: deaths.seen["routing"] == 2)
            await stage.quiet()

    assert_same(play(theatre, scene, nobody_dies=False), once)
