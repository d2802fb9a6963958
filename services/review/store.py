"""Review's table of cases, and what falls due in it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import asyncpg
from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.quality import DrawSample, SampleDrawn
from xinfang_contracts.registry import Entry, Kind
from xinfang_contracts.signing import HeadsPublished

from services.runtime.calendar import revision
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming, own_message
from services.runtime.service import Due, StateTable

from .audit import ledger
from .audit.heads import Ending
from .clarifying import ledger as clearing
from .desk.timeline import Timeline
from .due import CaseDue, due_at
from .facts import Facts
from .joint.late import counted_by
from .joint.state import CaseRecounted
from .joint.tables import CaseTable, JointWork
from .quality import ledger as samples
from .quality.drawing import HandedOut
from .signing.enrolling import KeyState, PersonKey, ValidKeys, read_key
from .signing.enrolling import evolve as evolve_key
from .state import Concluded, ReviewCase, State, evolve

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
        Index("cases_of_district", _DISTRICT),
        Index("cases_concluded", _DISTRICT, "concluded_on", postgresql_where=text("concluded_on IS NOT NULL")),
        clearing.INDEX,
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    counted_by: str | None = Field(default=None, sa_type=Text)
    concluded_on: date | None = None


class KeyRow(SQLModel, table=True):
    """A person's key, found by its thumbprint or with all of its district."""

    __tablename__ = "keys"
    __table_args__ = (Index("keys_of_district", "district"), {"schema": SCHEMA})
    key: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    district: str = Field(sa_type=Text)


def _district_of(state: PersonKey) -> str:
    return next(iter(state.offered)).split(".")[0]


def _concluded_on(state: State) -> date | None:
    return state.concluded_on if isinstance(state, Concluded) else None


KEY = "key"
KEYS = StateTable("review.keys", TypeAdapter(PersonKey), evolve_key, {"district": ("text", _district_of)}, key=KEY)

_COLUMNS = {
    "due_at": ("timestamptz", due_at),
    "counted_by": ("text", counted_by),
    "concluded_on": ("date", _concluded_on),
}
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
    what has fallen due, oldest first; at last the files that were sampled, and the heads of the chains.
    """

    async def due(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
        calendar = revision(districts[code].calendar)
        recounts = await _counted_otherwise(connection, code, calendar, now, limit)
        recounts = recounts or await clearing.recounts_due(connection, code, calendar, now, limit)
        return recounts or await _fallen_due(connection, code, now, limit)

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


async def _fallen_due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Cases of which something is due by ``now``, oldest first, as messages at that moment; then the chains' heads."""
    rows = await connection.fetch(FALLEN_DUE, district, now, limit)
    found = [_case_due(district, row["petition"], row["due_at"], now) for row in rows]
    return (
        found
        or await samples.files_due(connection, district, now, limit)
        or await ledger.heads_due(connection, district, now)
    )


def _case_due(district: str, petition: str, at: datetime, now: datetime) -> Incoming:
    # By the tick as well: a corrected calendar may bring back a moment at which something was said before.
    name = f"{petition}/due/{at.isoformat()}/{now.isoformat()}"
    return own_message("review", district, CASE_DUE, CaseDue(petition=petition), name, at)


class ReviewWork:
    """Review's side of one round: its rules need to know who speaks, and by which keys they are known."""

    def __init__(self, districts: Mapping[str, District]) -> None:
        self._districts = districts
        self._joint = JointWork()
        self._keys: dict[str, KeyState] = {}
        self._of_signer: dict[str, list[PersonKey]] | None = None
        self._ending: dict[str, Ending] = {}
        self._said: list[tuple[str, HeadsPublished]] = []
        self._drawings: samples.Drawings = {}
        self._drawn: list[tuple[str, SampleDrawn, datetime]] = []
        self._handed_out: list[tuple[str, HandedOut]] = []
        self._timeline = Timeline()

    async def load(self, connection: Connection, messages: Sequence[Incoming]) -> None:
        """The keys of the districts in which somebody signs, and what a publication is made of."""
        signing = sorted({one.district for one in messages if getattr(one.message, "signature", None) is not None})
        if signing:
            rows = await connection.fetch(
                "SELECT key, state FROM review.keys WHERE district = ANY($1::text[])", signing
            )
            self._keys = {row["key"]: read_key(row["state"]) for row in rows}
        self._ending = await ledger.load(connection, messages)
        self._drawings = await samples.load(connection, self._districts, messages)

    def facts(self, incoming: Incoming) -> Facts | Ending:
        """District and actor, and the keys that hold at the message's moment."""
        if incoming.entry is ledger.HEADS_DUE:
            return self._ending[incoming.district]
        signers = ValidKeys(incoming.district, self._by_signer(), incoming.now)
        district, message = self._districts[incoming.district], incoming.message
        drawing = self._drawings.get((incoming.district, message.period)) if isinstance(message, DrawSample) else None
        return Facts(district, incoming.actor or "", signers, drawing)

    def _by_signer(self) -> Mapping[str, Sequence[PersonKey]]:
        if self._of_signer is None:
            self._of_signer = defaultdict(list)
            for one in filter(None, self._keys.values()):
                for signer in one.enrolled:
                    self._of_signer[signer].append(one)
        return self._of_signer

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """A key that is enrolled or revoked is so for what comes after it in the same round."""
        self._joint.decided(incoming, effects)
        self._timeline.decided(incoming, effects)
        for fact in effects.facts:
            if isinstance(fact, HeadsPublished):
                self._said.append((incoming.district, fact))
            elif isinstance(fact, SampleDrawn):
                place = (incoming.district, fact.period)
                self._drawn.append((incoming.district, fact, incoming.now))
                self._drawings[place] = replace(self._drawings[place], is_drawn=True)
            elif (key := getattr(fact, KEY, None)) is not None:
                self._keys[key] = evolve_key(self._keys.get(key), fact, incoming.now)
                self._of_signer = None

        self._handed_out += [(incoming.district, kept) for kept in effects.keep if isinstance(kept, HandedOut)]

    async def save(self, connection: Connection) -> None:
        """Voices, whom conclusions needed, and what was published, drawn and handed out, and what was said on cases."""
        await self._joint.save(connection)
        await ledger.save(connection, self._said)
        await samples.save(connection, self._drawn, self._handed_out)
        await self._timeline.save(connection)
