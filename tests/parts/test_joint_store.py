"""The store itself refuses: no conclusion without the voices that its chain demands, no voice changed or doubled."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.district import Calendar, Days
from xinfang_contracts.message import Message

from services.review.audit.heads import HeadsDue
from services.review.joint.late import recount
from services.review.joint.state import CaseRecounted
from services.review.joint.tables import add_demands, add_opinions
from services.review.state import State
from services.review.store import due_in, states_of
from services.runtime import migrate
from services.runtime.calendar import revision
from services.runtime.inbox import Connection
from services.runtime.service import Due
from tests.rules.given import NOW, NUMBER, YANFENG, at
from tests.rules.stories import IN_ORDER, JOINT, TOWN_UNIT, Story, reported

TABLE = states_of({YANFENG.code: YANFENG})
SETTLE = "UPDATE review.cases SET state = jsonb_set(state, '{settled}', 'true') WHERE petition = $1"
CONCLUDE = """UPDATE review.cases SET state = jsonb_set(state, '{status}', '"concluded"') WHERE petition = $1"""


@asynccontextmanager
async def as_review(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the service has it: with its role's rights and no more."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("SET ROLE xf_review")
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def joint(postgres_url: str) -> Iterator[str]:
    """A database for all of these: each has a case of its own."""
    name = f"test_{secrets.token_hex(6)}"
    asyncio.run(executed(postgres_url, f"CREATE DATABASE {name}"))
    url = f"{postgres_url.rsplit('/', 1)[0]}/{name}"
    migrate.upgrade(url)
    yield url
    asyncio.run(executed(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def executed(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


SERIALS = itertools.count(1)


@pytest.fixture
def case() -> str:
    """A number that nothing was said of."""
    return f"{YANFENG.code}-2023-{next(SERIALS):06d}"


def voice(
    case: str, actor: str, *, version: int = 1, person: str | None = None, decision: str = "agreed"
) -> tuple[Any, ...]:
    return (case, version, actor, 1, person, decision, NOW)


async def kept(connection: asyncpg.Connection, case: str, state: State) -> None:
    await TABLE.save(connection, {case: state})


async def concluded(connection: asyncpg.Connection, case: str) -> bool:
    query = "SELECT state->>'status' = 'concluded' FROM review.cases WHERE petition = $1"
    return bool(await connection.fetchval(query, case))


CONCLUDED = reported().agreed_by(*IN_ORDER).state


async def test_with_every_voice_that_is_demanded_a_case_is_concluded(joint: str, case: str) -> None:
    async with as_review(joint) as connection:
        await kept(connection, case, reported().state)
        async with connection.transaction():
            await kept(connection, case, CONCLUDED)
            await add_opinions(connection, [voice(case, actor) for actor in IN_ORDER])
            await add_demands(connection, [(case, 1, IN_ORDER)])
        assert await concluded(connection, case)
        # What follows a conclusion is not asked about again.
        await connection.execute(SETTLE, case)


How = dict[str, dict[str, Any]]
ALL: How = {actor: {} for actor in IN_ORDER}
BUT_ONE: How = {actor: {} for actor in IN_ORDER[:-1]}


@pytest.mark.parametrize(
    ("voices", "demanded"),
    [
        ({}, None),
        ({}, []),
        (ALL, None),
        (BUT_ONE, IN_ORDER),
        (BUT_ONE | {"leader_principal": {"version": 2}}, IN_ORDER),
        (BUT_ONE | {"leader_principal": {"decision": "returned"}}, IN_ORDER),
        (BUT_ONE | {"leader_deputy_2": {}}, IN_ORDER),
        (ALL | {"office_case": {"decision": "returned"}}, IN_ORDER),
        (ALL | {TOWN_UNIT: {}}, [*IN_ORDER, TOWN_UNIT]),
    ],
    ids=["nothing", "nobody", "no demand", "one missing", "other version", "returned", "another", "disputed", "unit"],
)
async def test_otherwise_neither_the_service_nor_anybody_with_its_password_concludes_it(
    joint: str, case: str, voices: How, demanded: list[str] | None
) -> None:
    async with as_review(joint) as connection:
        await kept(connection, case, reported().state)
        if voices:
            await add_opinions(connection, [voice(case, actor, **how) for actor, how in voices.items()])
        if demanded is not None:
            await add_demands(connection, [(case, 1, demanded)])
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(CONCLUDE, case)
        with pytest.raises(asyncpg.RaiseError):
            await kept(connection, case, CONCLUDED)
        await connection.execute("DELETE FROM review.cases WHERE petition = $1", case)
        with pytest.raises(asyncpg.RaiseError):
            await kept(connection, case, CONCLUDED)


async def test_a_signature_of_somebody_who_is_tied_concludes_nothing(joint: str, case: str) -> None:
    async with as_review(joint) as connection:
        story = Story(excluded=["office_trial"])
        story.report()
        await kept(connection, case, story.state)
        await add_opinions(connection, [voice(case, actor) for actor in IN_ORDER])
        await add_demands(connection, [(case, 1, IN_ORDER)])
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(CONCLUDE, case)


async def test_a_version_that_is_concluded_stands_for_no_other(joint: str, case: str) -> None:
    async with as_review(joint) as connection:
        async with connection.transaction():
            await kept(connection, case, CONCLUDED)
            await add_opinions(connection, [voice(case, actor) for actor in IN_ORDER])
            await add_demands(connection, [(case, 1, IN_ORDER)])
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(
                "UPDATE review.cases SET state = jsonb_set(state, '{version}', '2') WHERE petition = $1", case
            )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review.opinions SET decision = 'agreed'",
        "DELETE FROM review.opinions",
        "TRUNCATE review.opinions",
        "UPDATE review.demands SET actors = '{}'",
        "DELETE FROM review.demands",
    ],
)
async def test_what_was_said_is_neither_changed_nor_removed(joint: str, case: str, statement: str) -> None:
    async with as_review(joint) as connection:
        await add_opinions(connection, [voice(case, "office_trial", decision="returned")])
        await add_demands(connection, [(case, 1, IN_ORDER)])
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
        await connection.execute("RESET ROLE")
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(statement)


@pytest.mark.parametrize(
    ("actor", "how"),
    [("office_trial", {}), ("office_trial", {"decision": "returned"}), ("leader_principal", {"person": "p_1"})],
)
async def test_nobody_speaks_twice_on_a_version_in_whatever_office(
    joint: str, case: str, actor: str, how: dict[str, Any]
) -> None:
    async with as_review(joint) as connection:
        await add_opinions(connection, [voice(case, "office_trial", person="p_1")])
        with pytest.raises(asyncpg.UniqueViolationError):
            await add_opinions(connection, [voice(case, actor, **how)])
        await add_opinions(connection, [voice(case, "office_trial", version=2, person="p_1")])


# -- what waits for whom -----------------------------------------------------------------------------------------------


async def queue(connection: asyncpg.Connection, case: str) -> list[tuple[Any, ...]]:
    query = "SELECT actor, task, version, due_at FROM review.tasks WHERE petition = $1 ORDER BY due_at, actor"
    rows = await connection.fetch(query, case)
    return [tuple(row) for row in rows]


async def test_what_is_open_stands_beside_the_case_and_goes_with_it(joint: str, case: str) -> None:
    friday, monday = at("2023-03-04 00:00"), at("2023-03-03 00:00")
    async with as_review(joint) as connection:
        story = Story()
        await kept(connection, case, story.state)
        assert await queue(connection, case) == [(TOWN_UNIT, "report", 1, None)]
        story.report()
        await kept(connection, case, story.state)
        assert await queue(connection, case) == [(actor, "opinion", 1, friday) for actor in sorted(JOINT[0])]
        story.agreed_by(*JOINT[0])
        await kept(connection, case, story.state)
        assert await queue(connection, case) == [("leader_assist_1", "opinion", 1, monday)]
        story.opinion("leader_assist_1", back=True)
        await kept(connection, case, story.state)
        assert await queue(connection, case) == [(TOWN_UNIT, "report", 2, None)]


async def test_what_stays_open_is_not_written_again(joint: str, case: str) -> None:
    async with as_review(joint) as connection:
        await kept(connection, case, reported().state)
        rows = "SELECT actor, xmin::text FROM review.tasks WHERE petition = $1 ORDER BY actor"
        before = [tuple(row) for row in await connection.fetch(rows, case)]
        await kept(connection, case, reported().agreed_by("office_petition").state)
        assert [tuple(row) for row in await connection.fetch(rows, case)] == [
            one for one in before if one[0] != "office_petition"
        ]


async def _of_cases(due: Due, connection: Connection, now: datetime) -> list[Message]:
    """What is due, the publication of the chains' heads apart."""
    found = [one.message for one in await due(connection, YANFENG.code, now, 9)]
    return [one for one in found if not isinstance(one, HeadsDue)]


async def test_cases_counted_by_another_calendar_are_found_until_they_are_counted_anew(database: str) -> None:
    corrected = YANFENG.model_copy(update={"calendar": Calendar(holidays=[Days(first=date(2023, 3, 3))])})
    story, case = reported(), NUMBER
    async with as_review(database) as connection:
        await kept(connection, case, story.state)
        assert await _of_cases(due_in({YANFENG.code: YANFENG}), connection, NOW) == []
        due = due_in({YANFENG.code: corrected})
        (found,) = await due(connection, YANFENG.code, NOW, 9)
        assert found.message == CaseRecounted(petition=NUMBER, calendar=revision(corrected.calendar))
        story.district = corrected
        story.heard(recount, found.message)
        await kept(connection, case, story.state)
        assert await _of_cases(due, connection, NOW) == []
        assert {row[-1] for row in await queue(connection, case)} == {at("2023-03-07 00:00")}
        (late,) = await due(connection, YANFENG.code, at("2023-03-07 00:00"), 9)
        assert late.now == at("2023-03-07 00:00")
