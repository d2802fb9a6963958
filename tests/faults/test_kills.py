"""``kill -9`` of NATS, PostgreSQL and each service in turn while the year runs: it ends with the account's figures."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

import asyncpg
import httpx
import pytest
from nats.aio.client import Client
from xinfang_contracts.registry import Stream

from services.catalogue import SERVICES, subscription_tables
from services.demo import after_ledgers, beside_ledgers, clearing_ledgers, figures, ledgers, pressing_ledgers
from services.demo.actors import persist
from services.demo.front import open_hotlines
from services.demo.year import Year
from services.installation import Installation
from services.runtime.incoming import inbox_key
from tests.conftest import ROOT, Install
from tests.eventually import eventually

from . import snapshot
from .outage import away
from .script import DISTRICT, SUBMISSIONS
from .snapshot import Mark, Stored
from .stage import Stage, hasten, on_stage

YEAR = ROOT / "deploy" / "demo" / "yanfeng-2023"
VICTIMS = ("nats", "postgres", *SERVICES)
TOGETHER = [("postgres", "intake"), ("nats", "review"), ("nats", "postgres"), SERVICES]
TURNS = [*((one,) for one in VICTIMS), *TOGETHER, *((one,) for one in VICTIMS)]


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """What a dead service had in hand comes back after a second, not after ten."""
    installation = install()
    asyncio.run(hasten(installation))
    return installation


class Killer:
    """Kills and starts again, by how much has been said: in the middle of the work, whatever the machine's speed."""

    def __init__(self, installation: Installation, facts: int) -> None:
        self._installation = installation
        step = facts // len(TURNS)
        self._plan = [(step // 2 + step * turn, victims) for turn, victims in enumerate(TURNS)]

    async def watch(self) -> None:
        """Until everybody on the plan has died and is back."""
        operator = await self._installation.connect("operator")
        for said, victims in self._plan:
            while await persist(lambda: _said(operator)) < said:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(kill, self._installation, victims)
            await asyncio.to_thread(revive, self._installation, victims)
        await operator.close()


async def _said(operator: Client) -> int:
    return int((await operator.jetstream().stream_info(Stream.EVENTS.value)).state.last_seq)


def kill(installation: Installation, victims: Sequence[str]) -> None:
    for one in victims:
        match one:
            case "nats":
                installation.nats.kill()
            case "postgres":
                installation.postgres.kill()
            case _:
                assert installation.running[one].process.poll() is None, f"{one} has ended by itself"
                installation.kill_service(one)


def revive(installation: Installation, victims: Sequence[str]) -> None:
    """Servers first, as a supervisor that starts services again and again ends up doing."""
    for one in sorted(victims, key=SERVICES.__contains__):
        match one:
            case "nats":
                installation.nats.start()
            case "postgres":
                installation.postgres.start()
            case _:
                installation.start_service(one)


def test_the_year_ends_with_its_figures_whoever_is_killed(installation: Installation) -> None:
    asyncio.run(_the_year(installation))


async def _the_year(installation: Installation) -> None:
    books = ledgers.read(YEAR, installation.districts[DISTRICT])
    open_hotlines(installation, installation.districts[DISTRICT])
    # Intake reads its channels' secrets as it starts.
    kill(installation, ["intake"])
    revive(installation, ["intake"])
    killing = asyncio.create_task(Killer(installation, told_of(books).total()).watch())
    beside = beside_ledgers.read(YEAR, installation.districts[DISTRICT], {one.serial: one for one in books.received})
    received = {one.serial: one for one in books.received}
    pressing = after_ledgers.joined(
        pressing_ledgers.read(YEAR, installation.districts[DISTRICT], received),
        after_ledgers.read(YEAR, installation.districts[DISTRICT], received),
    )
    clearing = clearing_ledgers.read(YEAR, received)
    await Year(installation, installation.districts[DISTRICT], books, beside, pressing, clearing).drive(lambda _: None)
    await killing
    for name, running in installation.running.items():
        assert running.process.poll() is None, f"{name} has ended by itself"
    async with on_stage(installation) as stage:
        await stage.quiet()
        await snapshot.check_said(installation, stage.operator)
        await _the_figures_hold(stage)
        facts = await snapshot.stored(stage.operator, Stream.EVENTS)
        assert not await snapshot.stored(stage.operator, Stream.DEAD)
        said = Counter(one.headers["ce-type"] for one in facts)
        assert {kind: said[kind] for kind in told_of(books)} == told_of(books)
        assert not [kind for kind in said if "refused" in kind]
        await _everything_was_registered_once(installation, facts, len(books.received))
        await _every_fact_was_taken_in_once(installation, facts)


async def _the_figures_hold(stage: Stage) -> None:
    expected = figures.read(YEAR / "figures-2023.csv")
    dashboard = await stage.client(f"{DISTRICT}.dashboard")
    measured = await figures.measure(dashboard, DISTRICT, expected)
    assert len(measured) >= 8
    assert all(one.holds for one in measured), measured


def told_of(books: ledgers.Ledgers) -> Counter[str]:
    """How often each fact must have been said, by the ledgers alone."""
    kinds = {
        "accept": "intake.petition_accepted.v1",
        "refer": "intake.petition_referred.v1",
        "decline": "intake.petition_declined.v1",
        "keep_on_file": "intake.petition_kept_on_file.v1",
    }
    told = Counter(kinds[str(one.decision["kind"])] for one in books.screened)
    told["intake.petition_registered.v1"] = len(books.received)
    told["routing.case_assigned.v1"] = told["intake.petition_accepted.v1"]
    told["review.report_submitted.v1"] = len(books.reported)
    told["review.report_returned.v1"] = sum(one.returned_by is not None for one in books.reported)
    told["review.case_concluded.v1"] = sum(
        one.reviewed_on is not None and one.returned_by is None for one in books.reported
    )
    told["review.case_settled.v1"] = sum(one.settled_on is not None for one in books.reported)
    return told


async def _everything_was_registered_once(installation: Installation, facts: Sequence[Stored], received: int) -> None:
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        for table in ("petitions", "vault", "documents WHERE kind = 'petition'"):
            rows = await connection.fetch(f"SELECT petition FROM intake.{table}")
            # The vault keeps the words of items beside petitions, too, under numbers of their own.
            rows = [row for row in rows if re.match(r"[0-9]{6}-[0-9]{4}-", row["petition"])]
            assert len(rows) == len({row["petition"] for row in rows}) == received
        given = await connection.fetchval("SELECT sum(last) FROM intake.serials")
        assert given == received, "a number is missing"
    finally:
        await connection.close()


async def _every_fact_was_taken_in_once(installation: Installation, facts: Sequence[Stored]) -> None:
    """Each service's inbox holds exactly the facts that it listens to."""
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        for service, table in subscription_tables().items():
            heard = {subject.split(".", 2)[2] for subject in table.get(Stream.EVENTS, [])}
            keys = {
                inbox_key(one.headers["ce-source"], one.id) for one in facts if one.subject.split(".", 2)[2] in heard
            }
            rows = await connection.fetch(f"SELECT key FROM {service}.inbox WHERE stream = $1", Stream.EVENTS.value)
            assert {row["key"] for row in rows} == keys, service
    finally:
        await connection.close()


# -- the doors in an outage


@pytest.mark.parametrize("intake_dies_too", [False, True])
def test_a_petition_taken_while_the_broker_is_down_is_told_of_when_it_is_back(
    installation: Installation, intake_dies_too: bool
) -> None:
    asyncio.run(_broker_down(installation, f"broker-{intake_dies_too}", intake_dies_too))


AFTERWARDS = date(2024, 1, 1)


async def _broker_down(installation: Installation, key: str, intake_dies_too: bool) -> None:
    async with on_stage(installation) as stage:
        await stage.tick(AFTERWARDS)
        await stage.quiet()
        before = await snapshot.mark(installation, stage.operator)
        with away(installation.nats):
            # One after another: none may wait for what the one before has to say.
            async with asyncio.timeout(8):
                answers = [await _post(stage, f"{key}-{n}") for n in range(5)]
            if intake_dies_too:
                installation.kill_service("intake")
        if intake_dies_too:
            installation.start_service("intake")
        assert [one.status_code for one in answers] == [201] * 5
        numbers = sorted(one.json()["petition"] for one in answers)

        async def told() -> bool:
            return await _registered(stage, before) == numbers

        await eventually(told, seconds=30)
        await stage.quiet()
        await snapshot.check_said(installation, stage.operator)


async def _post(stage: Stage, key: str) -> httpx.Response:
    """Once: no retry hides what the door says."""
    url = f"http://127.0.0.1:{stage.installation.running['intake'].port}/v1/{DISTRICT}/petitions"
    body = SUBMISSIONS[0].content.model_dump(mode="json", exclude_none=True) | {"channel": "web"}
    return await stage.http.post(url, json=body, headers={"Idempotency-Key": key})


async def _registered(stage: Stage, since: Mark) -> list[str]:
    facts = await persist(lambda: snapshot.stored(stage.operator, Stream.EVENTS, since.streams[Stream.EVENTS]))
    registered = [one for one in facts if one.headers["ce-type"] == "intake.petition_registered.v1"]
    return sorted(json.loads(one.body)["petition"] for one in registered)


def test_a_petition_refused_while_the_database_is_down_is_registered_once_when_it_is_back(
    installation: Installation,
) -> None:
    asyncio.run(_database_down(installation))


async def _database_down(installation: Installation) -> None:
    async with on_stage(installation) as stage:
        await stage.tick(AFTERWARDS)
        await stage.quiet()
        before = await snapshot.mark(installation, stage.operator)
        with away(installation.postgres):
            refusals = [await _post(stage, "database-1") for _ in range(3)]
        assert {(one.status_code, one.json()["reason"]) for one in refusals} == {(503, "try_again")}
        assert all(one.headers["retry-after"] for one in refusals)
        answer = await stage.post("database-1", SUBMISSIONS[0])
        assert answer.status_code == 201
        await stage.quiet()
        await snapshot.check_said(installation, stage.operator)
        assert await _registered(stage, before) == [answer.json()["petition"]]
