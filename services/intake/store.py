"""Intake's tables, and its side of a round: numbers, opened contents, the vault."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionRegistered, PetitionSealed, SubmitPetition

from services.runtime.clock import ZONE
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming
from services.runtime.service import StateTable

from . import receipts, returning, vault
from .decide import Deposit, Facts, MadeReceipt
from .returning import Added, Brought
from .state import Petition

SCHEMA = "intake"
runtime_tables(SCHEMA)


class PetitionRow(SQLModel, table=True):
    """A petition outside the vault."""

    __tablename__ = "petitions"
    __table_args__ = {"schema": SCHEMA}
    petition: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class SerialRow(SQLModel, table=True):
    """The last number given, by district and year."""

    __tablename__ = "serials"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class VaultRow(SQLModel, table=True):
    """A petition's data key under the master key. ``receipt`` is written no more: receipts have their own table."""

    __tablename__ = "vault"
    __table_args__ = {"schema": SCHEMA}
    petition: str = Field(sa_type=Text, primary_key=True)
    wrapped_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    receipt: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))


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


STATES = StateTable("intake.petitions", TypeAdapter(Petition))


class IntakeWork:
    """Intake's side of one round. Numbers have no gaps: a number is used up only by what is registered."""

    def __init__(self, districts: Mapping[str, District], serials: dict[tuple[str, int], int], master: bytes) -> None:
        self._districts = districts
        self._serials = serials
        self._before = dict(serials)
        self._master = master
        self._deposits: list[Deposit] = []
        self._added: list[Added] = []
        self._receipts: list[MadeReceipt] = []

    def facts(self, incoming: Incoming) -> Facts | returning.Facts:
        """District, actor, the number that would be next, and what was opened."""
        district = self._districts[incoming.district]
        actor = incoming.actor or "door"
        if isinstance(incoming.opened, Brought):
            return returning.Facts(district, actor, incoming.opened)
        if not isinstance(incoming.message, SubmitPetition):
            return Facts(district, actor, "")
        year = _year(incoming.now)
        serial = self._serials[incoming.district, year] + 1
        return Facts(district, actor, f"{incoming.district}-{year}-{serial:06d}", incoming.opened)

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Use up the number; remember what goes into the vault."""
        if any(isinstance(fact, PetitionRegistered | PetitionSealed) for fact in effects.facts):
            self._serials[incoming.district, _year(incoming.now)] += 1
        for kept in effects.keep:
            match kept:
                case Deposit():
                    self._deposits.append(kept)
                case Added():
                    self._added.append(kept)
                case MadeReceipt():
                    self._receipts.append(kept)

    async def save(self, connection: Connection) -> None:
        """Write vault, receipts and serials."""
        await vault.deposit(connection, self._deposits, self._master)
        await vault.add_documents(connection, self._added, self._master)
        await receipts.keep(connection, self._receipts)
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
    needed = sorted({(one.district, _year(one.now)) for one in messages if isinstance(one.message, SubmitPetition)})
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
