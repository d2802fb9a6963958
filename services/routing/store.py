"""Routing's table, and what falls due in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.handling import ChangeHandling, DeclareTie, ObjectToAssignment
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import civil_date
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming, own_message
from services.runtime.service import StateTable

from .choosing.moving import is_crossed_anew
from .decide import CaseDue, may_cross
from .facts import Facts
from .state import Case, due_at, evolve

SCHEMA = "routing"
runtime_tables(SCHEMA)

CASE_DUE = Entry(Kind.CLOCK, "routing", CaseDue)


class CaseRow(SQLModel, table=True):
    """A case, found by its petition or by when something falls due."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_due", text("left(petition, 6)"), "due_at", postgresql_where=text("due_at IS NOT NULL")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class LoadRow(SQLModel, table=True):
    """How many crossed cases a unit was given in a civil year."""

    __tablename__ = "loads"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    unit: str = Field(sa_type=Text, primary_key=True)
    given: int


STATES = StateTable("routing.cases", TypeAdapter(Case), evolve, {"due_at": ("timestamptz", due_at)})


async def due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Cases of which something has fallen due by ``now``, oldest first, as messages at their own due time."""
    rows = await connection.fetch(
        "SELECT petition, due_at FROM routing.cases"
        " WHERE left(petition, 6) = $1 AND due_at <= $2 ORDER BY due_at, petition LIMIT $3",
        district,
        now,
        limit,
    )
    return [_case_due(district, row["petition"], row["due_at"]) for row in rows]


def _case_due(district: str, petition: str, at: datetime) -> Incoming:
    return own_message(
        "routing", district, CASE_DUE, CaseDue(petition=petition), f"{petition}/due/{at.isoformat()}", at
    )


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
    """Routing's side of one round: its rules need to know who speaks, and who was given how many crossed cases."""

    def __init__(self, districts: Mapping[str, District], loads: Loads) -> None:
        self._districts = districts
        self._loads = loads
        self._before = {key: dict(given) for key, given in loads.items()}

    def facts(self, incoming: Incoming) -> Facts:
        """District, actor and loads."""
        loads = self._loads.get((incoming.district, civil_date(incoming.now).year), {})
        return Facts(self._districts[incoming.district], incoming.actor or "", loads)

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Count what was given, so that later messages of the round see it."""
        for fact in effects.facts:
            if is_crossed_anew(fact):
                given = self._loads[incoming.district, civil_date(incoming.now).year]
                given[fact.unit] = given.get(fact.unit, 0) + 1

    async def save(self, connection: Connection) -> None:
        """Write the loads that changed."""
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
