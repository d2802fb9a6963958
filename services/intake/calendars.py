"""By which calendar each district's petitions were counted, and which are to be counted again.

Under another calendar they are gone through twice, the second time on a later day: what a replica with the older file
has still counted meanwhile is found then. The first calendar of a district is only remembered.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Column, Date, Text
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.calendar import revision
from services.runtime.clock import civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from .recounting import CalendarPassed, Passed, PetitionRecounted

PETITION_RECOUNTED = Entry(Kind.CLOCK, "intake", PetitionRecounted)
CALENDAR_PASSED = Entry(Kind.CLOCK, "intake", CalendarPassed)


class CalendarRow(SQLModel, table=True):
    """A district's calendar; turn: odd the first time through, even the second; past: how far, empty at its end."""

    __tablename__ = "calendars"
    __table_args__ = {"schema": "intake"}
    district: str = Field(sa_type=Text, primary_key=True)
    revision: str = Field(sa_type=Text)
    turn: int
    past: str | None = Field(default=None, sa_type=Text)
    on: date = Field(sa_column=Column("begun_on", Date, nullable=False))


async def recounts_due(connection: Connection, district: District, now: datetime, limit: int) -> list[Incoming]:
    """The next petitions with something open, and how far that goes; none while the calendar is the one they know."""
    row = await connection.fetchrow(
        "SELECT revision, turn, past, begun_on FROM intake.calendars WHERE district = $1", district.code
    )
    calendar, today = revision(district.calendar), civil_date(now)
    if row is None:
        return [_passed(CalendarPassed(district=district.code, revision=calendar, turn=0, past=None, on=today), now)]
    if row["revision"] != calendar:
        turn, past, on = _next_odd(row["turn"]), "", today
    elif row["past"] is not None:
        turn, past, on = row["turn"], row["past"], row["begun_on"]
    elif row["turn"] % 2 and row["begun_on"] < today:
        turn, past, on = row["turn"] + 1, "", today
    else:
        return []
    rows = await connection.fetch(
        "SELECT petition FROM intake.petitions WHERE left(petition, 6) = $1 AND petition > $2"
        " AND (due_at IS NOT NULL OR notice_due_at IS NOT NULL) ORDER BY petition LIMIT $3",
        district.code,
        past,
        max(1, limit - 1),
    )
    numbers = [row["petition"] for row in rows]
    place = CalendarPassed(
        district=district.code, revision=calendar, turn=turn, past=numbers[-1] if numbers else None, on=on
    )
    return [*(_recounted(district.code, number, turn, now) for number in numbers), _passed(place, now)]


def _recounted(code: str, number: str, turn: int, now: datetime) -> Incoming:
    message = PetitionRecounted(petition=number)
    return own_message("intake", code, PETITION_RECOUNTED, message, f"{number}/recounted/{turn}", now)


def _passed(place: CalendarPassed, now: datetime) -> Incoming:
    name = f"{place.district}/calendar/{place.turn}/{place.past or 'all'}"
    return own_message("intake", place.district, CALENDAR_PASSED, place, name, now)


def _next_odd(turn: int) -> int:
    return turn + 1 + turn % 2


async def save(connection: Connection, passed: Iterable[Passed]) -> None:
    """How far each district is."""
    await connection.executemany(
        "INSERT INTO intake.calendars (district, revision, turn, past, begun_on) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (district) DO UPDATE SET revision = EXCLUDED.revision, turn = EXCLUDED.turn,"
        " past = EXCLUDED.past, begun_on = EXCLUDED.begun_on WHERE calendars.turn <= EXCLUDED.turn",
        [(one.place.district, one.place.revision, one.place.turn, one.place.past, one.place.on) for one in passed],
    )
