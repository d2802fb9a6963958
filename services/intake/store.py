"""Intake's tables, and its side of a round: numbers, opened contents, the vault."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import PetitionKeptOnFile, PetitionRegistered, PetitionSealed, SubmitPetition
from xinfang_contracts.repeats import ConfirmRepeat, RejectRepeat, RepeatLinked
from xinfang_contracts.routing import CaseAssigned
from xinfang_contracts.sealed import SealPetition, SubmitSealed

from services.runtime.clock import ZONE
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming
from services.runtime.service import StateTable

from . import calendars
from .beside.facts import Facts as ItemFacts
from .beside.store import BesideWork, is_about_items
from .decide import Deposit, Facts, MadeReceipt
from .notices import rules as notices
from .notices.adapters.desk import Desk
from .notices.evolving import evolve
from .recounting import Passed
from .repeats import index, rules
from .returns import receipts, returning
from .returns.returning import Brought
from .screening import filings
from .screening.quarterly import Reported
from .sealed import resealing
from .sealed.sealing import Gone
from .state import Petition, due_at, notice_due_at, retained_since, to_screen
from .vault import custody, documents
from .vault.masters import Masters
from .vault.reading_keys import ReadingKeys
from .vault.shelf import Shelf, destroy

SCHEMA = "intake"
runtime_tables(SCHEMA)

NUMBERED = (SubmitPetition, SubmitSealed)
"""The commands that use up a number."""


class PetitionRow(SQLModel, table=True):
    """A petition outside the vault, found by its number or by when something falls due."""

    __tablename__ = "petitions"
    __table_args__ = (
        Index("petitions_due", text("left(petition, 6)"), "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(
            "petitions_retained",
            text("left(petition, 6)"),
            "retained_since",
            postgresql_where=text("retained_since IS NOT NULL"),
        ),
        Index(
            "petitions_notice_due",
            text("left(petition, 6)"),
            "notice_due_at",
            postgresql_where=text("notice_due_at IS NOT NULL"),
        ),
        Index("petitions_to_screen", text("left(petition, 6)"), "petition", postgresql_where=text("to_screen")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    retained_since: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    notice_due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    to_screen: bool | None = Field(default=None)


class SerialRow(SQLModel, table=True):
    """The last number given, by district and year."""

    __tablename__ = "serials"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class VaultRow(SQLModel, table=True):
    """A petition's data key under the master key."""

    __tablename__ = "vault"
    __table_args__ = {"schema": SCHEMA}
    petition: str = Field(sa_type=Text, primary_key=True)
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key_version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})


class DocumentRow(SQLModel, table=True):
    """One encrypted text."""

    __tablename__ = "documents"
    __table_args__ = {"schema": SCHEMA}
    id: UUID = Field(primary_key=True)
    petition: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    ciphertext: bytes
    salt: bytes
    digest: bytes


class ReadingRow(SQLModel, table=True):
    """One question to read, granted or not. Each row's hash covers the row before it."""

    __tablename__ = "readings"
    __table_args__ = {"schema": SCHEMA}
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    district: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    petition: str | None = Field(default=None, sa_type=Text)
    document: UUID | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    granted: bool = Field(sa_column=Column(Boolean, nullable=False))
    previous: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ReappliedRow(SQLModel, table=True):
    """Up to where facts that destroy have been applied again at a start."""

    __tablename__ = "reapplied"
    __table_args__ = {"schema": SCHEMA}
    subject: str = Field(sa_type=Text, primary_key=True)
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))


STATES = StateTable(
    "intake.petitions",
    TypeAdapter(Petition),
    evolve,
    {
        "due_at": ("timestamptz", due_at),
        "retained_since": ("timestamptz", retained_since),
        "notice_due_at": ("timestamptz", notice_due_at),
        "to_screen": ("boolean", to_screen),
    },
)


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may find something sealed for them: their public keys' folder, and district -> reader -> id of the key."""

    key_folder: Path
    kids: Mapping[str, Mapping[str, str]]


class IntakeWork:
    """Intake's side of one round. Numbers have no gaps: a number is used up only by what is registered."""

    def __init__(
        self,
        districts: Mapping[str, District],
        serials: dict[tuple[str, int], int],
        masters: Masters,
        readers: Readers,
        to_seal: Mapping[str, resealing.Locked],
        shelf: Shelf,
        beside: BesideWork,
        desk: Desk,
        earlier: Mapping[str, Any],
    ) -> None:
        self._districts = districts
        self._serials = serials
        self._before = dict(serials)
        self._masters = masters
        self._readers = readers
        self._to_seal = to_seal
        self._shelf = shelf
        self._beside = beside
        self._desk = desk
        self._earlier = dict(earlier)
        self._links: list[tuple[str, str]] = []
        self._looked_up: list[tuple[str, index.Row | None]] = []
        self._deposits: list[Deposit] = []
        self._unsigned: list[tuple[str, datetime]] = []
        self._gone: list[str] = []
        self._receipts: list[MadeReceipt] = []
        self._filed: filings.Filed = Counter()
        self._reading_keys = ReadingKeys()
        self._reported: list[Reported] = []
        self._passed: list[Passed] = []

    def facts(
        self, incoming: Incoming
    ) -> Facts | custody.Facts | returning.Facts | notices.Facts | rules.Facts | ItemFacts:
        """District, actor, the number that would be next, and what was opened."""
        district = self._districts[incoming.district]
        actor = incoming.actor or "door"
        if is_about_items(incoming.message):
            return self._beside.facts(incoming)
        if isinstance(incoming.message, CaseAssigned | CaseReassigned):
            return rules.Facts(district, actor, earlier=self._earlier)
        if isinstance(incoming.message, custody.Messages):
            return self._shelf.facts(incoming, district, actor)
        if isinstance(incoming.message, notices.Messages):
            return self._desk.facts(incoming, district, actor)
        if isinstance(incoming.opened, Brought):
            return returning.Facts(district, actor, incoming.opened)
        if isinstance(incoming.message, rules.SeekRepeats | ConfirmRepeat | RejectRepeat):
            return rules.Facts(district, actor, incoming.opened or rules.Sought(), self._earlier)
        kids = self._readers.kids[incoming.district]
        if isinstance(incoming.message, SealPetition):
            folder = self._readers.key_folder
            petition = incoming.message.petition
            is_added_to = self._shelf.added_to(petition) or self._beside.added_to(petition)
            # What this very round puts in would be destroyed unsent: sealed with the next one.
            to_seal = {} if is_added_to else self._to_seal
            reopened = resealing.reopen(incoming.message, to_seal, district, self._masters, folder)
            return Facts(district, actor, "", reopened=reopened, kids=kids)
        if not isinstance(incoming.message, NUMBERED):
            return Facts(district, actor, "", kids=kids, earlier=self._earlier)
        year = _year(incoming.now)
        serial = self._serials[incoming.district, year] + 1
        return Facts(district, actor, f"{incoming.district}-{year}-{serial:06d}", incoming.opened, kids=kids)

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Use up the number; remember what goes into the vault, and what goes out of it."""
        if isinstance(incoming.message, NUMBERED) and any(
            isinstance(fact, PetitionRegistered | PetitionSealed) for fact in effects.facts
        ):
            self._serials[incoming.district, _year(incoming.now)] += 1
        for kept in effects.keep:
            self._keep(kept, incoming)
        for fact in effects.facts:
            if isinstance(fact, PetitionKeptOnFile):
                self._filed[filings.place_of(fact, incoming)] += 1
            elif isinstance(fact, RepeatLinked):
                self._links.append((fact.petition, fact.repeat))
        for said in [incoming.message, *effects.facts] if self._earlier else []:
            petition = getattr(said, "petition", None)
            if petition in self._earlier:
                self._earlier[petition] = evolve(self._earlier[petition], said, incoming.now)
        self._shelf.decided(effects.keep)
        self._beside.decided(incoming, effects)
        self._desk.decided(effects.keep)
        self._reading_keys.decided(effects.keep)

    def _keep(self, one: object, incoming: Incoming) -> None:
        match one:
            case Deposit():
                self._deposits.append(one)
                self._unsigned.append((one.petition, incoming.now))
            case Gone(petition=petition):
                self._gone.append(petition)
            case MadeReceipt():
                self._receipts.append(one)
            case Reported():
                self._reported.append(one)
            case Passed():
                self._passed.append(one)
            case rules.Indexed(petition=petition, row=row):
                self._looked_up.append((petition, row))

    async def save(self, connection: Connection) -> None:
        """Write vault and serials."""
        await documents.deposit(connection, self._deposits, self._masters)
        await self._shelf.save(connection)
        await self._beside.save(connection)
        await self._desk.save(connection)
        await self._reading_keys.save(connection)
        await receipts.keep(connection, self._receipts)
        await filings.save(connection, self._filed, self._reported)
        if self._passed:
            await calendars.save(connection, self._passed)
        if self._unsigned:
            await index.later(connection, self._unsigned)
        if self._looked_up:
            await index.settle(connection, self._looked_up)
        if self._links:
            await _link(connection, self._links)
        await self._shelf.destroy(connection)
        await self._beside.destroy(connection)
        if self._gone:
            await destroy(connection, self._gone)
        moved = {key: last for key, last in self._serials.items() if last != self._before[key]}
        if moved:
            await connection.executemany(
                "UPDATE intake.serials SET last = $3 WHERE district = $1 AND year = $2",
                [(district, year, last) for (district, year), last in moved.items()],
            )


def _year(now: datetime) -> int:
    return now.astimezone(ZONE).year


async def lock_serials(connection: Connection, messages: Sequence[Incoming]) -> dict[tuple[str, int], int]:
    """The last numbers of the districts and years concerned, their rows locked in order until the commit."""
    needed = sorted({(one.district, _year(one.now)) for one in messages if isinstance(one.message, NUMBERED)})
    if not needed:
        return {}
    districts, years = [one for one, _ in needed], [one for _, one in needed]
    await connection.execute(
        "INSERT INTO intake.serials (district, year, last)"
        " SELECT d, y, 0 FROM unnest($1::text[], $2::int[]) AS u (d, y) ON CONFLICT DO NOTHING",
        districts,
        years,
    )
    rows = await connection.fetch(
        "SELECT s.district, s.year, s.last FROM intake.serials s"
        " JOIN unnest($1::text[], $2::int[]) AS u (d, y) ON s.district = u.d AND s.year = u.y"
        " ORDER BY s.district, s.year FOR UPDATE OF s",
        districts,
        years,
    )
    return {(row["district"], row["year"]): row["last"] for row in rows}


async def due_notices(connection: Connection, district: str, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """Petitions whose next notice was due by ``now``, oldest first: number, and when it was."""
    rows = await connection.fetch(
        "SELECT petition, notice_due_at FROM intake.petitions"
        " WHERE left(petition, 6) = $1 AND notice_due_at <= $2 ORDER BY notice_due_at, petition LIMIT $3",
        district,
        now,
        limit,
    )
    return [(row["petition"], row["notice_due_at"]) for row in rows]


async def _link(connection: Connection, links: Sequence[tuple[str, str]]) -> None:
    """Into cases that were not among the round's states; where they were, it stands there already."""
    await connection.executemany(
        "UPDATE intake.petitions SET state = jsonb_set(state, '{linked}',"
        " coalesce(state->'linked', '[]') || to_jsonb($2::text))"
        " WHERE petition = $1 AND NOT coalesce(state->'linked', '[]') ? $2",
        links,
    )


async def due_petitions(
    connection: Connection, district: str, now: datetime, limit: int
) -> list[tuple[str, str, datetime]]:
    """Petitions whose clock has run out by ``now``, oldest first: number, how it stands, when it was due."""
    rows = await connection.fetch(
        "SELECT petition, state->>'status' AS status, due_at FROM intake.petitions"
        " WHERE left(petition, 6) = $1 AND due_at <= $2 ORDER BY due_at, petition LIMIT $3",
        district,
        now,
        limit,
    )
    return [(row["petition"], row["status"], row["due_at"]) for row in rows]
