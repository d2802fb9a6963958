"""What was said on a case, in order, as its page shows it: facts of routing that review heard, and its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.intake import CommandRefused
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, fact
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn
from xinfang_contracts.statistics import ConclusionCorrected
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.runtime.inbox import Connection
from services.runtime.incoming import Effects, Incoming
from services.runtime.rules import PETITION

HEARD = (CaseAssigned, CaseReassigned, CaseSentUp, CaseWithdrawn, TieDeclared, TrackOpened, TrackRecorded)
"""What of the others' facts is a step of the case as its page tells it."""
UNTOLD = (CommandRefused, ConclusionCorrected)
"""A refusal is its speaker's own; a correction of figures is no step of the case."""


class TimelineRow(SQLModel, table=True):
    """One fact. Codes and digests, no words: those lie in the vault."""

    __tablename__ = "timeline"
    __table_args__ = (Index("timeline_petition", "petition", "id"), {"schema": "review"})
    id: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    petition: str = Field(sa_type=Text)
    said_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    type: str = Field(sa_type=Text)
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Timeline:
    """What one round adds."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, datetime, str, str]] = []

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """What was heard, then what was said because of it."""
        if isinstance(incoming.message, HEARD):
            self._add(incoming.entry.type, incoming.message, incoming.now)
        for one in effects.facts:
            self._add(fact("review", type(one)).type, one, incoming.now)

    def _add(self, type_: str, message: Message, now: datetime) -> None:
        petition = getattr(message, PETITION, None)
        if petition is not None and not isinstance(message, UNTOLD):
            self._rows.append((petition, now, type_, message.model_dump_json(exclude_none=True)))

    async def save(self, connection: Connection) -> None:
        """In bulk, in order."""
        if self._rows:
            petitions, moments, types, bodies = zip(*self._rows, strict=True)
            await connection.execute(
                "INSERT INTO review.timeline (petition, said_at, type, body)"
                " SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::jsonb[])",
                petitions,
                moments,
                types,
                bodies,
            )


async def read(connection: Connection, petition: str) -> Sequence[tuple[datetime, Message]]:
    """All that was said on a case, the earliest first."""
    rows = await connection.fetch(
        "SELECT said_at, type, body FROM review.timeline WHERE petition = $1 ORDER BY id", petition
    )
    known = [(row["said_at"], BY_TYPE.get(row["type"]), row["body"]) for row in rows]
    return [(at, entry.model.model_validate(from_json(body))) for at, entry, body in known if entry is not None]
