"""The counts: one row a counter, month and scope; and what has changed since it was last published."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District

from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming

from .fold import Count
from .indicators import Cell

SCHEMA = "metrics"
runtime_tables(SCHEMA)


class CountRow(SQLModel, table=True):
    """A counter's month in one scope."""

    __tablename__ = "counts"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    counter: str = Field(sa_type=Text, primary_key=True)
    month: date = Field(primary_key=True)
    scope: str = Field(sa_type=Text, primary_key=True)
    amount: int = Field(sa_column=Column(BigInteger, nullable=False))
    changes: int = Field(sa_column=Column(BigInteger, nullable=False))
    as_of: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class DirtyRow(SQLModel, table=True):
    """A counter's month that has changed since it was last published."""

    __tablename__ = "dirty"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    counter: str = Field(sa_type=Text, primary_key=True)
    month: date = Field(primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))


class PublishedRow(SQLModel, table=True):
    """The month of a district's clock for which everything has been published."""

    __tablename__ = "published"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    month: date


_ADD = """
    INSERT INTO metrics.counts (district, counter, month, scope, amount, changes, as_of)
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[])
    ON CONFLICT (district, counter, month, scope) DO UPDATE SET
      amount = counts.amount + EXCLUDED.amount, changes = counts.changes + EXCLUDED.changes,
      as_of = greatest(counts.as_of, EXCLUDED.as_of)"""
_REPLACE = _ADD.replace("counts.amount + EXCLUDED.amount", "EXCLUDED.amount")
_MARK = """
    INSERT INTO metrics.dirty (district, counter, month, version)
    SELECT *, 1 FROM unnest($1::text[], $2::text[], $3::date[])
    ON CONFLICT (district, counter, month) DO UPDATE SET version = dirty.version + 1"""

Place = tuple[str, str, date, str]


class MetricsWork:
    """Metrics' side of one round: what its facts add, summed before it is written."""

    def __init__(self, districts: Mapping[str, District]) -> None:
        self._districts = districts
        self._added: dict[Place, Cell] = {}
        self._replaced: dict[Place, Cell] = {}

    def facts(self, incoming: Incoming) -> District:
        """The district that the fact is about."""
        return self._districts[incoming.district]

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Sum up."""
        for counts in effects.keep:
            for count in counts:
                self._add(incoming.district, count, incoming.now)

    def _add(self, district: str, count: Count, at: datetime) -> None:
        place = (district, count.counter, count.month, count.scope)
        cells = self._replaced if count.replaces else self._added
        before = cells.get(place)
        if before is None:
            cells[place] = Cell(count.amount, 1, at)
        else:
            amount = count.amount if count.replaces else before.amount + count.amount
            cells[place] = Cell(amount, before.changes + 1, max(before.as_of, at))

    async def save(self, connection: Connection) -> None:
        """Write the sums, in key order, and mark what must be published anew."""
        for statement, cells in ((_ADD, self._added), (_REPLACE, self._replaced)):
            if cells:
                await _write(connection, statement, cells)
        touched = sorted({place[:3] for place in (*self._added, *self._replaced)})
        if touched:
            await mark(connection, touched)


async def _write(connection: Connection, statement: str, cells: Mapping[Place, Cell]) -> None:
    places = sorted(cells)
    await connection.execute(
        statement,
        *([place[i] for place in places] for i in range(4)),
        [cells[place].amount for place in places],
        [cells[place].changes for place in places],
        [cells[place].as_of for place in places],
    )


async def mark(connection: Connection, touched: list[tuple[str, str, date]]) -> None:
    """Mark (district, counter, month) to be published."""
    await connection.execute(_MARK, *([one[i] for one in touched] for i in range(3)))


async def load(
    connection: Connection, district: str, counters: list[str], year: int
) -> dict[tuple[str, date, str], Cell]:
    """A district's counts of these counters in one year (year 1: the standing ones)."""
    rows = await connection.fetch(
        "SELECT counter, month, scope, amount, changes, as_of FROM metrics.counts"
        " WHERE district = $1 AND counter = ANY($2::text[]) AND month BETWEEN $3 AND $4",
        district,
        counters,
        date(year, 1, 1),
        date(year, 12, 31),
    )
    return {
        (row["counter"], row["month"], row["scope"]): Cell(row["amount"], row["changes"], row["as_of"]) for row in rows
    }
