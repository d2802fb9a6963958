"""Review's table of cases, and what falls due in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.calendar import revision
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming, own_message
from services.runtime.service import Due

from .due import CaseDue, due_at
from .facts import Facts
from .joint.late import counted_by
from .joint.state import CaseRecounted
from .joint.tables import CaseTable, JointWork
from .state import ReviewCase, evolve

SCHEMA = "review"
runtime_tables(SCHEMA)

CASE_DUE = Entry(Kind.CLOCK, "review", CaseDue)
CASE_RECOUNTED = Entry(Kind.CLOCK, "review", CaseRecounted)

_DISTRICT = text("left(petition, 6)")


class CaseRow(SQLModel, table=True):
    """A case under review, found by its petition, by when something of it falls due, or by its calendar."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_fed_back", _DISTRICT, "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("cases_counted", _DISTRICT, "counted_by", postgresql_where=text("counted_by IS NOT NULL")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    counted_by: str | None = Field(default=None, sa_type=Text)


_COLUMNS = {"due_at": ("timestamptz", due_at), "counted_by": ("text", counted_by)}
FALLEN_DUE = (
    "SELECT petition, due_at FROM review.cases"
    " WHERE left(petition, 6) = $1 AND due_at <= $2 ORDER BY due_at, petition LIMIT $3"
)
COUNTED_OTHERWISE = tuple(
    f"SELECT petition FROM review.cases WHERE left(petition, 6) = $1 AND counted_by {other} $2 LIMIT $3"
    for other in ("<", ">")
)
"""Below and above, not "other than": an index finds those at once where there are none."""


def states_of(districts: Mapping[str, District]) -> CaseTable:
    """The cases of these districts."""
    return CaseTable("review.cases", TypeAdapter(ReviewCase), evolve, _COLUMNS, districts=districts)


def due_in(districts: Mapping[str, District]) -> Due:
    """The ``due`` of a service with these districts: a corrected calendar first, since it moves what falls due; then
    what has fallen due, oldest first.
    """

    async def due(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
        calendar = revision(districts[code].calendar)
        return await _counted_otherwise(connection, code, calendar, now, limit) or [
            _case_due(code, row["petition"], row["due_at"])
            for row in await connection.fetch(FALLEN_DUE, code, now, limit)
        ]

    return due


async def _counted_otherwise(
    connection: Connection, district: str, calendar: str, now: datetime, limit: int
) -> list[Incoming]:
    rows: list[asyncpg.Record] = []
    for query in COUNTED_OTHERWISE:
        rows += await connection.fetch(query, district, calendar, limit - len(rows))
    return [_recounted(district, row["petition"], calendar, now) for row in rows]


def _recounted(district: str, petition: str, calendar: str, now: datetime) -> Incoming:
    message = CaseRecounted(petition=petition, calendar=calendar)
    # With the tick's moment: a calendar may be changed away and back.
    name = f"{petition}/recounted/{calendar}/{now.isoformat()}"
    return own_message("review", district, CASE_RECOUNTED, message, name, now)


def _case_due(district: str, petition: str, at: datetime) -> Incoming:
    name = f"{petition}/due/{at.isoformat()}"
    return own_message("review", district, CASE_DUE, CaseDue(petition=petition), name, at)


class ReviewWork:
    """Review's side of one round: its rules need to know who speaks; who has spoken is written down."""

    def __init__(self, districts: Mapping[str, District]) -> None:
        self._districts = districts
        self._joint = JointWork()

    def facts(self, incoming: Incoming) -> Facts:
        """District and actor."""
        return Facts(self._districts[incoming.district], incoming.actor or "")

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """What is to be written of it."""
        self._joint.decided(incoming, effects)

    async def save(self, connection: Connection) -> None:
        """Voices, and whom conclusions needed."""
        await self._joint.save(connection)
