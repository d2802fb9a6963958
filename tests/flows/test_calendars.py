"""A calendar that is corrected or incomplete, as the running service meets it; and three days of silence."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from xinfang_contracts.clocks import StartClock
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.runtime.clock import civil_date
from tests.conftest import Install
from tests.rules.given import accepted, case_traits

from .outside import connected, rows, stored
from .ticking import OFFICE, Play, districts, midnight

CODE = "990001"
_serials = count(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return districts(tmp_path_factory.mktemp("districts"), [CODE])


@pytest.fixture(scope="module")
def routing(install: Install, folder: Path) -> Installation:
    """Routing alone."""
    found = install(folder)
    for name in list(found.running):
        if name != "routing":
            found.kill_service(name)
    return found


@pytest.fixture
async def play(routing: Installation) -> AsyncIterator[Play]:
    found = Play(routing, CODE, messages=_serials)
    yield found
    await found.close()


async def accept(play: Play, day: date, *serials: int) -> None:
    for serial in serials:
        about = case_traits(town=f"{CODE}100", channel="post", received_on=day, accepted_on=day)
        await play.fact("intake.petition_accepted.v1", accepted(play.number(serial), about=about), midnight(day))


def restart(routing: Installation, folder: Path, old: str, new: str) -> None:
    """The service with another district file."""
    path = folder / f"{CODE}.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    routing.kill_service("routing")
    routing.start_service("routing")
    routing.wait_ready(["routing"])


async def test_a_corrected_calendar_moves_what_is_open_once_and_back_again(
    play: Play, routing: Installation, folder: Path
) -> None:
    begun = date(2024, 5, 6)
    await play.tick(begun)
    await accept(play, begun, 1, 2)
    await play.command("routing.start_clock.v1", StartClock(petition=play.number(1), clock="hearing"), OFFICE)
    # Twenty working days from Monday 6 May 2024, Saturday 11 among them, end on Saturday's Friday before: 31 May.
    plain, corrected = '"2023-03-03"}', '"2023-03-03"}\n    - {first: "2024-05-20", last: "2024-05-21"}'
    restart(routing, folder, plain, corrected)
    await play.tick(begun + timedelta(days=1))
    await play.tick(begun + timedelta(days=2))
    restart(routing, folder, corrected, plain)
    await play.tick(begun + timedelta(days=3))
    await play.rest()
    said = (await play.said())[play.number(1)]
    moved = [
        (fact["before"]["due_at"][:10], fact["after"]["due_at"][:10])
        for kind, fact in said
        if kind == "clock_recomputed" and fact["after"]["name"] == "hearing"
    ]
    assert moved == [("2024-06-01", "2024-06-05"), ("2024-06-05", "2024-06-01")]


async def test_what_fell_due_before_falls_due_again_when_the_calendar_brings_it_back(
    play: Play, routing: Installation, folder: Path
) -> None:
    """The end of clock 1 on 1 June is said; corrected away to 5 June it is said again; and not a third time."""
    plain, corrected = '"2023-03-03"}', '"2023-03-03"}\n    - {first: "2024-05-20", last: "2024-05-21"}'
    await play.tick(date(2024, 6, 1))
    restart(routing, folder, plain, corrected)
    await play.tick(date(2024, 6, 2))
    await play.tick(date(2024, 6, 5))
    restart(routing, folder, corrected, plain)
    await play.tick(date(2024, 6, 6))
    await play.rest()
    said = (await play.said())[play.number(1)]
    assert [fact["at"][:10] for kind, fact in said if kind == "clock_ran_out"] == ["2024-06-01", "2024-06-05"]


async def test_a_year_that_is_missing_is_warned_of_at_once_and_then_monthly(play: Play, routing: Installation) -> None:
    # 2030 is nobody's: a day in it asks for itself, and from October for the year after.
    begun = date(2030, 9, 2)
    await play.tick(begun)
    await play.tick(begun + timedelta(days=1))
    await play.tick(date(2030, 10, 1))
    await play.tick(date(2030, 10, 2))
    await accept(play, date(2030, 10, 2), 3)
    await play.command("routing.start_clock.v1", StartClock(petition=play.number(3), clock="hearing"), OFFICE)
    await play.rest()
    said = [(fact["year"], fact["on"], fact["rule"]) for kind, fact in (await play.said())[""] if "calendar" in kind]
    assert said == [
        (2030, "2030-09-02", "monthly"),
        (2030, "2030-10-01", "monthly"),
        (2031, "2030-10-01", "monthly"),
    ]
    found = await rows(routing, "SELECT year, warned_on FROM routing.districts ORDER BY year")
    assert [tuple(row) for row in found] == [(2030, date(2030, 10, 1)), (2031, date(2030, 10, 1))]
    notices = [one.subject for one in await stored(routing, Stream.NOTICES) if "calendar_missing" in one.subject]
    assert notices == [f"xf.{CODE}.notice.operator.calendar_missing.v1"] * 3


async def test_after_three_days_of_silence_each_is_worked_off_at_its_due_time_once(
    play: Play, routing: Installation
) -> None:
    begun = date(2031, 3, 3)
    await play.tick(begun)
    # Three days on which 200 cases each are accepted; 25 days later each is warned of in blue.
    async with connected(routing, "intake") as (intake,):
        js = intake.jetstream(timeout=10)
        for n in range(600):
            day = begun + timedelta(days=n // 200)
            about = case_traits(town=f"{CODE}100", channel="post", received_on=day, accepted_on=day)
            fact = accepted(f"{CODE}-2031-{n + 1:06d}", about=about)
            headers = {
                "ce-specversion": "1.0",
                "ce-id": f"many-{n}",
                "ce-type": "intake.petition_accepted.v1",
                "ce-source": "intake",
                "content-type": "application/json",
                "ce-time": midnight(day).isoformat(),
            }
            subject = f"xf.{CODE}.event.intake.petition_accepted.v1"
            await js.publish(subject, fact.model_dump_json(exclude_none=True).encode(), headers=headers)
    await play.rest()
    await play.tick(begun + timedelta(days=29))
    await play.rest()
    found: dict[str, list[date]] = {}
    for message in await stored(routing, Stream.EVENTS):
        if message.subject.endswith("routing.clock_warned.v1"):
            fact = json.loads(message.data)
            if "-2031-" in fact["petition"] and fact["colour"] == "blue":
                assert {"colour": "blue", "at": fact["at"]} in fact["clock"]["warnings"]
                when = civil_date(datetime.fromisoformat(message.headers["ce-time"]))
                found.setdefault(fact["petition"], []).append(when)
    assert len(found) == 600
    assert all(len(times) == 1 for times in found.values())
    assert {times[0] for times in found.values()} == {date(2031, 3, day) for day in (29, 30, 31)}
