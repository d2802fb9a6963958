"""Review's table."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District

from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming
from services.runtime.service import StateTable

from .decide import Facts
from .state import ReviewCase, evolve

SCHEMA = "review"
runtime_tables(SCHEMA)


class CaseRow(SQLModel, table=True):
    """A case under review."""

    __tablename__ = "cases"
    __table_args__ = {"schema": SCHEMA}
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


STATES = StateTable("review.cases", TypeAdapter(ReviewCase), evolve)


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
