"""Review's table."""

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

from .due import CaseDue, due_at
from .facts import Facts
from .state import ReviewCase, evolve

SCHEMA = "review"
runtime_tables(SCHEMA)

CASE_DUE = Entry(Kind.CLOCK, "review", CaseDue)


class CaseRow(SQLModel, table=True):
    """A case under review, found by its petition or by when something of it falls due."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_fed_back", text("left(petition, 6)"), "due_at", postgresql_where=text("due_at IS NOT NULL")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


STATES = StateTable("review.cases", TypeAdapter(ReviewCase), evolve, {"due_at": ("timestamptz", due_at)})


async def due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Cases of which something is due by ``now``, oldest first, as messages at that moment."""
    rows = await connection.fetch(
        "SELECT petition, due_at FROM review.cases"
        " WHERE left(petition, 6) = $1 AND due_at <= $2 ORDER BY due_at, petition LIMIT $3",
        district,
        now,
        limit,
    )
    return [_case_due(district, row["petition"], row["due_at"]) for row in rows]


def _case_due(district: str, petition: str, at: datetime) -> Incoming:
    name = f"{petition}/due/{at.isoformat()}"
    return own_message("review", district, CASE_DUE, CaseDue(petition=petition), name, at)


class ReviewWork:
    """Review's side of one round: its rules need to know who speaks."""

    def __init__(self, districts: Mapping[str, District]) -> None:
        self._districts = districts

    def facts(self, incoming: Incoming) -> Facts:
        """District and actor."""
        return Facts(self._districts[incoming.district], incoming.actor or "")

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Nothing to remember."""

    async def save(self, connection: Connection) -> None:
        """Nothing to keep."""
