"""The tables of the pressing, and its side of a round."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from sqlalchemy import Column, DateTime, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel
from xinfang_contracts.handling import DeclareTie, TieDeclared
from xinfang_contracts.hearings import CallHearing, RecordHearing
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.registry import Entry, Kind
from xinfang_contracts.repeats import RepeatLinked

from services.runtime.clock import ZONE, civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Effects, Incoming, own_message

from ..facts import KnownCase
from . import log
from .hearings import Begin, Held, MonthEnded, Over
from .intercession import Entered

MONTH_ENDED = Entry(Kind.CLOCK, "routing", MonthEnded)


class MonthRow(SQLModel, table=True):
    """A month of the committee's hearing: whether it was held, and whether the month is over and dealt with."""

    __tablename__ = "monthly_hearings"
    __table_args__ = {"schema": "routing"}
    district: str = Field(sa_type=Text, primary_key=True)
    month: date = Field(primary_key=True)
    held: bool
    over: bool


class IntercessionRow(SQLModel, table=True):
    """A row of the intercession log; the database refuses to change or remove one."""

    __tablename__ = "intercessions"
    __table_args__ = (Index("intercessions_petition", "petition"), {"schema": "routing"})
    district: str = Field(sa_type=Text, primary_key=True)
    number: int = Field(primary_key=True)
    petition: str = Field(sa_type=Text)
    manner: str = Field(sa_type=Text)
    by_kind: str = Field(sa_type=Text)
    by_actor: str | None = Field(default=None, sa_type=Text)
    happened_on: date
    document: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    previous: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


@dataclass
class PressingWork:
    """Its side of one round: what rules need to know, and what they keep. ``led``: cases that each leader owns."""

    cases: dict[str, KnownCase] = field(default_factory=dict)
    led: dict[str, Counter[str]] = field(default_factory=dict)
    _entered: list[tuple[str, Entered]] = field(default_factory=list)
    _months: list[tuple[str, Begin | Held | Over]] = field(default_factory=list)

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """A leader owns one more, and one less; rows to write."""
        for kept in effects.keep:
            if isinstance(kept, Entered):
                self._entered.append((incoming.district, kept))
            elif isinstance(kept, Begin | Held | Over):
                self._months.append((incoming.district, kept))
        for fact in effects.facts:
            if isinstance(fact, TieDeclared) and fact.petition in self.cases:
                known = self.cases[fact.petition]
                self.cases[fact.petition] = replace(known, tied=(*known.tied, fact.actor))
            if isinstance(fact, LeaderNamed):
                led = self.led.setdefault(incoming.district, Counter())
                led[fact.leader] += 1
                if fact.former is not None:
                    led[fact.former] -= 1

    async def save(self, connection: Connection) -> None:
        """Write them."""
        for district, month in sorted(self._months, key=lambda one: (one[0], one[1].month)):
            await _write(connection, district, month)
        if self._entered:
            await log.add(connection, self._entered)


async def load(connection: Connection, messages: Sequence[Incoming]) -> PressingWork:
    """What the rules of these messages need, which for almost every round is nothing."""
    work = PressingWork()
    asked = {
        petition
        for one in messages
        if isinstance(one.message, CallHearing | RecordHearing)
        for petition in one.message.petitions
        if petition.startswith(f"{one.district}-")
    }
    if asked:
        rows = await connection.fetch(
            "SELECT petition, state->>'zone' AS zone, coalesce(state->'hands'->'excluded', '[]')::text AS tied"
            " FROM routing.cases WHERE petition = ANY($1::text[])",
            sorted(asked),
        )
        work.cases = {row["petition"]: KnownCase.of(row["zone"], row["tied"]) for row in rows}
    for district in sorted({one.district for one in messages if _may_need_leader(one)}):
        rows = await connection.fetch(
            "SELECT leader, count(*) AS cases FROM routing.cases"
            " WHERE left(petition, 6) = $1 AND leader IS NOT NULL GROUP BY leader",
            district,
        )
        work.led[district] = Counter({row["leader"]: row["cases"] for row in rows})
    return work


def _may_need_leader(one: Incoming) -> bool:
    match one.message:
        case PetitionAccepted() as accepted:
            traits = accepted.traits
            ordinary = traits.first_time and traits.skip_level is None and not traits.transferred
            return not ordinary or accepted.urgent
        case RepeatLinked() | DeclareTie() | SuperiorDecided():
            return True
        case _:
            return False


async def months_due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Months of the committee's hearing that are over by ``now``, oldest first, as messages at their end."""
    rows = await connection.fetch(
        "SELECT month, held FROM routing.monthly_hearings"
        " WHERE district = $1 AND NOT over AND month < $2 ORDER BY month LIMIT $3",
        district,
        civil_date(now).replace(day=1),
        limit,
    )
    return [_month_ended(district, row["month"], row["held"]) for row in rows]


def _month_ended(district: str, month: date, held: bool) -> Incoming:
    at = datetime.combine(_next(month), time.min, ZONE)
    message = MonthEnded(month=month, held=held)
    return own_message("routing", district, MONTH_ENDED, message, f"{district}/hearing/{month:%Y-%m}", at)


async def _write(connection: Connection, district: str, what: Begin | Held | Over) -> None:
    match what:
        case Begin(month=month):
            await connection.execute(
                "INSERT INTO routing.monthly_hearings (district, month, held, over) SELECT $1, $2, false, false"
                " WHERE NOT EXISTS (SELECT FROM routing.monthly_hearings WHERE district = $1 AND NOT over)"
                " ON CONFLICT DO NOTHING",
                district,
                month,
            )
        case Held(month=month, now=now):
            # A month that is long over, entered now, starts nothing: nobody looked for its hearing. One that is over
            # but not dealt with, since ticks are late, will be.
            await connection.execute(
                "INSERT INTO routing.monthly_hearings (district, month, held, over) SELECT $1, $2, true, $3"
                " AND NOT EXISTS (SELECT FROM routing.monthly_hearings WHERE district = $1 AND NOT over AND month < $2)"
                " ON CONFLICT (district, month) DO UPDATE SET held = true",
                district,
                month,
                month < now,
            )
        case Over(month=month):
            await connection.execute(
                "UPDATE routing.monthly_hearings SET over = true WHERE district = $1 AND month = $2", district, month
            )
            await connection.execute(
                "INSERT INTO routing.monthly_hearings (district, month, held, over) VALUES ($1, $2, false, false)"
                " ON CONFLICT DO NOTHING",
                district,
                _next(month),
            )


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
