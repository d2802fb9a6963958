"""Intake's own time limits under a corrected calendar: found page by page, moved once, told, and looked for twice."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from xinfang_contracts.district import Calendar, Days
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.calendars import recounts_due, save
from services.intake.recounting import CalendarPassed, Passed, PetitionRecounted
from services.runtime.incoming import Incoming
from tests.conftest import YANFENG as FILE
from tests.conftest import Install
from tests.flows.outside import rows, stored, tick
from tests.parts.vaulted import OFFICE, assigned
from tests.rules.given import NOW, YANFENG

NUMBERS = [f"430406-2023-{serial:06d}" for serial in range(1, 8)]
OPEN = [number for number in NUMBERS if number != NUMBERS[3]]
"""The fourth waits for nothing."""
CORRECTED = YANFENG.model_copy(update={"calendar": Calendar(holidays=[Days(first=date(2023, 3, 6))])})
DAY = timedelta(days=1)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A database with petitions of two districts, one of which waits for nothing."""
    found = await asyncpg.connect(database)
    for place, number in enumerate([*NUMBERS, "990001-2023-000001"]):
        due = NOW + DAY if number != NUMBERS[3] else None
        column = "due_at" if place % 2 else "notice_due_at"
        statement = f"INSERT INTO intake.petitions (petition, state, {column}) VALUES ($1, '{{}}', $2)"
        await found.execute(statement, number, due)
    assert await all_passed(found, NOW - DAY) == [[]], "the first is only remembered"
    assert await all_passed(found, NOW) == []
    yield found
    await found.close()


async def passed(connection: asyncpg.Connection, found: Sequence[Incoming]) -> list[str]:
    """Which petitions are counted; how far that goes is remembered, as the round does."""
    places = [one.message for one in found if isinstance(one.message, CalendarPassed)]
    assert len(places) == bool(found)
    assert len({one.key for one in found}) == len(found)
    await save(connection, map(Passed, places))
    return [one.message.petition for one in found if isinstance(one.message, PetitionRecounted)]


async def all_passed(connection: asyncpg.Connection, now: datetime, district: object = YANFENG) -> list[list[str]]:
    """Page by page, to the end."""
    pages = []
    while found := await recounts_due(connection, district, now, 4):  # type: ignore[arg-type]
        pages.append(await passed(connection, found))
    return pages


async def test_what_is_open_is_counted_page_by_page_and_once_more_the_day_after(
    connection: asyncpg.Connection,
) -> None:
    assert await all_passed(connection, NOW, CORRECTED) == [OPEN[:3], OPEN[3:], []]
    assert await all_passed(connection, NOW, CORRECTED) == []
    assert await all_passed(connection, NOW + DAY, CORRECTED) == [OPEN[:3], OPEN[3:], []]
    assert await all_passed(connection, NOW + 9 * DAY, CORRECTED) == []


async def test_another_calendar_begins_anew_wherever_the_one_before_was_and_back_again(
    connection: asyncpg.Connection,
) -> None:
    corrected = await recounts_due(connection, CORRECTED, NOW, 4)
    assert await passed(connection, corrected) == OPEN[:3]
    back = await recounts_due(connection, YANFENG, NOW, 4)
    assert await passed(connection, back) == OPEN[:3]
    assert await all_passed(connection, NOW) == [OPEN[3:], []]
    again = await recounts_due(connection, CORRECTED, NOW, 4)
    assert await passed(connection, again) == OPEN[:3]
    keys = [one.key for one in (*corrected, *back, *again)]
    assert len({*keys}) == len(keys), "what was counted then is counted again"


async def test_a_page_that_comes_late_takes_nothing_back(connection: asyncpg.Connection) -> None:
    late = await recounts_due(connection, CORRECTED, NOW, 4)
    assert await all_passed(connection, NOW, CORRECTED) != []
    assert await all_passed(connection, NOW + DAY, CORRECTED) != []
    before = await connection.fetch("SELECT * FROM intake.calendars")
    await save(connection, [Passed(one.message) for one in late if isinstance(one.message, CalendarPassed)])
    assert await connection.fetch("SELECT * FROM intake.calendars") == before


# -- as it runs ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district's file, to be corrected."""
    folder = tmp_path_factory.mktemp("corrected") / "districts"
    shutil.copytree(FILE.parent, folder)
    return folder / FILE.name


@pytest.fixture(scope="module")
def installation(install: Install, file: Path) -> Installation:
    return install(file)


async def moved(installation: Installation, stream: Stream) -> list[tuple[str, dict[str, str]]]:
    """What was said of moved limits: where, and what."""
    found = [one for one in await stored(installation, stream) if ".deadline_recomputed." in one.subject]
    return [(one.subject.split(".")[3], json.loads(one.data)) for one in found]


def restart_corrected(installation: Installation, file: Path) -> None:
    """Intake with two days more that are off."""
    text, plain = file.read_text(), "\n  holidays: [] #"
    assert plain in text
    file.write_text(text.replace(plain, '\n  holidays: [{first: "2023-03-06", last: "2023-03-07"}] #'))
    installation.kill_service("intake")
    installation.start_service("intake")
    installation.wait_ready(["intake"])


async def test_a_corrected_calendar_moves_what_a_reporter_is_owed_and_the_office_is_told(
    installation: Installation, file: Path
) -> None:
    await tick(installation, "2023-03-01")
    petition, _ = await assigned(installation)
    (before,) = await rows(installation, "SELECT notice_due_at FROM intake.petitions WHERE petition = $1", petition)
    await asyncio.to_thread(restart_corrected, installation, file)
    for day in ("2023-03-02", "2023-03-03", "2023-03-06"):
        await tick(installation, day)
    (said,) = await moved(installation, Stream.EVENTS)
    after = datetime.fromisoformat(said[1]["after"])
    assert (said[1]["petition"], said[1]["what"], said[1]["notice"]) == (petition, "notice", "acceptance_1")
    assert datetime.fromisoformat(said[1]["before"]) == before["notice_due_at"]
    assert after == before["notice_due_at"] + 2 * DAY
    (now,) = await rows(installation, "SELECT notice_due_at FROM intake.petitions WHERE petition = $1", petition)
    assert now["notice_due_at"] == after
    assert await moved(installation, Stream.NOTICES) == [(OFFICE, said[1])]
