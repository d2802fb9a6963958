"""Routing's table, and what falls due in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import asyncpg
from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.clocks import CalendarMissing
from xinfang_contracts.district import District
from xinfang_contracts.handling import ChangeHandling, DeclareTie, ObjectToAssignment
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.registry import Entry, Kind

from services.runtime.calendar import revision
from services.runtime.clock import civil_date
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming, own_message
from services.runtime.service import Due, StateTable

from .choosing.moving import is_crossed_anew
from .clocks import warned
from .clocks.arrangement import CalendarAsked, years_to_ask
from .clocks.evolving import CaseRecounted
from .counted import counted_by
from .decide import may_cross
from .expiring import CaseDue
from .facts import Facts
from .pressing import tables
from .pressing.tables import PressingWork, months_due
from .state import Case, due_at, evolve, in_hand, leader_of

SCHEMA = "routing"
runtime_tables(SCHEMA)

CASE_DUE = Entry(Kind.CLOCK, "routing", CaseDue)
CASE_RECOUNTED = Entry(Kind.CLOCK, "routing", CaseRecounted)
CALENDAR_ASKED = Entry(Kind.CLOCK, "routing", CalendarAsked)


_DISTRICT = text("left(petition, 6)")


class CaseRow(SQLModel, table=True):
    """A case, found by its petition, by when something falls due, or by the calendar that it was counted by."""

    __tablename__ = "cases"
    __table_args__ = (
        # With the petition: many fall due with the same midnight, and each page is to find its own at once.
        Index("cases_due", _DISTRICT, "due_at", "petition", postgresql_where=text("due_at IS NOT NULL")),
        Index("cases_counted", _DISTRICT, "counted_by", postgresql_where=text("counted_by IS NOT NULL")),
        Index("cases_led", _DISTRICT, "leader", postgresql_where=text("leader IS NOT NULL")),
        Index("cases_in_hand", _DISTRICT, "in_hand", postgresql_where=text("in_hand IS NOT NULL")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    counted_by: str | None = Field(default=None, sa_type=Text)
    leader: str | None = Field(default=None, sa_type=Text)
    in_hand: str | None = Field(default=None, sa_type=Text)


class LoadRow(SQLModel, table=True):
    """How many crossed cases a unit was given in a civil year."""

    __tablename__ = "loads"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    unit: str = Field(sa_type=Text, primary_key=True)
    given: int


COLUMNS = {
    "due_at": ("timestamptz", due_at),
    "counted_by": ("text", counted_by),
    "leader": ("text", leader_of),
    "in_hand": ("text", in_hand),
}
STATES = StateTable("routing.cases", TypeAdapter(Case), evolve, COLUMNS)
_MOVED = "coalesce(state->>'acceptance', '1') || '.' || coalesce(state->'clocks'->>'moves', '0') AS moved"
"""What tells a due moment from the same one before the clock was moved away and back."""
FALLEN_DUE = (
    f"SELECT petition, due_at, {_MOVED} FROM routing.cases"
    " WHERE left(petition, 6) = $1 AND due_at <= $2 ORDER BY due_at, petition LIMIT $3"
)
COUNTED_OTHERWISE = tuple(
    f"SELECT petition, {_MOVED} FROM routing.cases WHERE left(petition, 6) = $1 AND counted_by {other} $2 LIMIT $3"
    for other in ("<", ">")
)
"""Below and above, not "other than": an index finds those at once where there are none."""


def due_in(districts: Mapping[str, District]) -> Due:
    """The ``due`` of a service with these districts: a corrected calendar first, since it moves what falls due; then
    what has fallen due, oldest first; then months without the committee's hearing, and years of which no arrangement
    is known.
    """

    async def due(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
        calendar = revision(districts[code].calendar)
        return (
            await _counted_otherwise(connection, code, calendar, now, limit)
            or await _fallen_due(connection, code, now, limit)
            or await months_due(connection, code, now, limit)
            or await _unarranged(connection, districts[code], now)
        )

    return due


async def _counted_otherwise(
    connection: Connection, district: str, calendar: str, now: datetime, limit: int
) -> list[Incoming]:
    found: list[asyncpg.Record] = []
    for query in COUNTED_OTHERWISE:
        found += await connection.fetch(
            query,
            district,
            calendar,
            limit - len(found),
        )
    return [
        own_message(
            "routing",
            district,
            CASE_RECOUNTED,
            CaseRecounted(petition=row["petition"], calendar=calendar),
            f"{row['petition']}/recounted/{calendar}/{row['moved']}",
            now,
        )
        for row in found
    ]


async def _fallen_due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """As messages at their own due time."""
    rows = await connection.fetch(FALLEN_DUE, district, now, limit)
    return [
        own_message(
            "routing",
            district,
            CASE_DUE,
            CaseDue(petition=row["petition"]),
            f"{row['petition']}/due/{row['due_at'].isoformat()}/{row['moved']}",
            row["due_at"],
        )
        for row in rows
    ]


async def _unarranged(connection: Connection, district: District, now: datetime) -> list[Incoming]:
    """Once a month, of each year that is missing."""
    years = years_to_ask(district, now)
    if not years:
        return []
    month = civil_date(now).replace(day=1)
    return [
        own_message(
            "routing",
            district.code,
            CALENDAR_ASKED,
            CalendarAsked(district=district.code, year=year),
            f"{district.code}/calendar/{year}/{month:%Y-%m}",
            now,
        )
        for year in await warned.unwarned(connection, district.code, years, month)
    ]


Loads = dict[tuple[str, int], dict[str, int]]
"""(district, civil year) -> unit -> crossed cases that it was given."""
_MOVING = PetitionAccepted | SuperiorDecided | DeclareTie | ObjectToAssignment | ChangeHandling


async def lock_loads(connection: Connection, messages: Sequence[Incoming], districts: Mapping[str, District]) -> Loads:
    """The loads that this round may choose by, their rows locked in order until the commit.

    Locked before the cases are, by every round that needs them: two replicas that cross at once take turns, and a
    round with nothing to cross waits for nobody.
    """
    needed = sorted({(one.district, civil_date(one.now).year) for one in messages if _may_cross(one, districts)})
    loads: Loads = {}
    for district, year in needed:
        units = [unit.code for unit in districts[district].units]
        await connection.execute(
            "INSERT INTO routing.loads (district, year, unit, given)"
            " SELECT $1, $2, u, 0 FROM unnest($3::text[]) AS u ORDER BY u ON CONFLICT DO NOTHING",
            district,
            year,
            units,
        )
        rows = await connection.fetch(
            "SELECT unit, given FROM routing.loads WHERE district = $1 AND year = $2 ORDER BY unit FOR UPDATE",
            district,
            year,
        )
        loads[district, year] = {row["unit"]: row["given"] for row in rows}
    return loads


def _may_cross(incoming: Incoming, districts: Mapping[str, District]) -> bool:
    """Whether its rule may choose by loads. Of an ordinary first acceptance that is known before its state is."""
    message = incoming.message
    if isinstance(message, PetitionAccepted) and message.acceptance == 1:
        return may_cross(message, districts[incoming.district])
    return isinstance(message, _MOVING)


class RoutingWork:
    """Routing's side of one round: its rules need to know who speaks, who was given how many crossed cases, of which
    years' missing holidays was warned, and what presses cases on.
    """

    def __init__(
        self,
        districts: Mapping[str, District],
        loads: Loads,
        warned_years: dict[str, set[int]],
        pressing: PressingWork,
    ) -> None:
        self._districts = districts
        self._loads = loads
        self._before = {key: dict(given) for key, given in loads.items()}
        self._warned = warned_years
        self._warnings: list[CalendarMissing] = []
        self._pressing = pressing

    @classmethod
    async def open(
        cls, connection: Connection, messages: Sequence[Incoming], districts: Mapping[str, District]
    ) -> Self:
        """Loads what the rules of these messages need."""
        loads = await lock_loads(connection, messages, districts)
        years = await warned.warned_years(connection, districts, messages)
        return cls(districts, loads, years, await tables.load(connection, messages))

    def facts(self, incoming: Incoming) -> Facts:
        """District, actor, loads, warnings, and what the pressing needs."""
        return Facts(
            self._districts[incoming.district],
            incoming.actor or "",
            self._loads.get((incoming.district, civil_date(incoming.now).year), {}),
            self._warned.get(incoming.district, ()),
            self._pressing.led.get(incoming.district, {}),
            self._pressing.cases,
        )

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Count what was given, and do not warn again: later messages of the round see it."""
        for fact in effects.facts:
            if is_crossed_anew(fact):
                given = self._loads[incoming.district, civil_date(incoming.now).year]
                given[fact.unit] = given.get(fact.unit, 0) + 1
            elif isinstance(fact, CalendarMissing):
                self._warned.setdefault(fact.district, set()).add(fact.year)
                self._warnings.append(fact)
        self._pressing.decided(incoming, effects)

    async def save(self, connection: Connection) -> None:
        """Write the loads that changed, and what was warned of."""
        changed = [
            (district, year, unit, count)
            for (district, year), given in self._loads.items()
            for unit, count in given.items()
            if count != self._before[district, year].get(unit)
        ]
        if changed:
            await connection.executemany(
                "UPDATE routing.loads SET given = $4 WHERE district = $1 AND year = $2 AND unit = $3", changed
            )
        if self._warnings:
            await warned.remember(connection, self._warnings)
        await self._pressing.save(connection)
