"""Routing's table, and what falls due in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming, own_message
from services.runtime.service import StateTable

from .decide import CaseDue
from .facts import Facts
from .pressing.tables import PressingWork, months_due
from .state import Case, due_at, evolve, leader_of

SCHEMA = "routing"
runtime_tables(SCHEMA)

CASE_DUE = Entry(Kind.CLOCK, "routing", CaseDue)


class CaseRow(SQLModel, table=True):
    """A case, found by its petition or by when something falls due."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_due", text("left(petition, 6)"), "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("cases_led", text("left(petition, 6)"), "leader", postgresql_where=text("leader IS NOT NULL")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    leader: str | None = Field(default=None, sa_type=Text)


COLUMNS = {"due_at": ("timestamptz", due_at), "leader": ("text", leader_of)}
STATES = StateTable("routing.cases", TypeAdapter(Case), evolve, COLUMNS)


async def due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """What has fallen due by ``now`` of cases and of the committee's hearings, as messages at their own due time."""
    rows = await connection.fetch(
        "SELECT petition, due_at FROM routing.cases"
        " WHERE left(petition, 6) = $1 AND due_at <= $2 ORDER BY due_at, petition LIMIT $3",
        district,
        now,
        limit,
    )
    cases = [_case_due(district, row["petition"], row["due_at"]) for row in rows]
    months = await months_due(connection, district, now, limit)
    return sorted([*cases, *months], key=lambda one: one.now)[:limit]


def _case_due(district: str, petition: str, at: datetime) -> Incoming:
    return own_message(
        "routing", district, CASE_DUE, CaseDue(petition=petition), f"{petition}/due/{at.isoformat()}", at
    )


class RoutingWork:
    """Routing's side of one round: its rules need to know who speaks, and some of them more."""

    def __init__(self, districts: Mapping[str, District], pressing: PressingWork) -> None:
        self._districts = districts
        self._pressing = pressing

    def facts(self, incoming: Incoming) -> Facts:
        """District and actor, and what the pressing needs."""
        pressing = self._pressing
        return Facts(
            self._districts[incoming.district],
            incoming.actor or "",
            led=pressing.led.get(incoming.district, {}),
            cases=pressing.cases,
        )

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Later messages of the round see it."""
        self._pressing.decided(incoming, effects)

    async def save(self, connection: Connection) -> None:
        """What the pressing keeps beside states."""
        await self._pressing.save(connection)
