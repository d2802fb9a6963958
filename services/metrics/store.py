"""The counts: one row a counter, month and scope; and what has changed since it was last published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, Text, text
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import ZONE, civil_date
from services.runtime.inbox import Connection, runtime_tables
from services.runtime.incoming import Effects, Incoming, own_message

from .analysis import AnalysisDue, Facts, Prepared
from .counting import Count
from .indicators import COUNTERS, Cell, newest

SCHEMA = "metrics"
runtime_tables(SCHEMA)

ANALYSIS_DUE = Entry(Kind.CLOCK, "metrics", AnalysisDue)


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
    corrections: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    corrected_on: date | None = None


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


class AnalysisRow(SQLModel, table=True):
    """A district's year whose analysis was prepared."""

    __tablename__ = "analyses"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    prepared_on: date


_ADD = """
    INSERT INTO metrics.counts
      (district, counter, month, scope, amount, changes, as_of, corrections, corrected_on)
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[],
      $8::bigint[], $9::date[])
    ON CONFLICT (district, counter, month, scope) DO UPDATE SET
      amount = counts.amount + EXCLUDED.amount, changes = counts.changes + EXCLUDED.changes,
      as_of = greatest(counts.as_of, EXCLUDED.as_of), corrections = counts.corrections + EXCLUDED.corrections,
      corrected_on = greatest(counts.corrected_on, EXCLUDED.corrected_on)"""
_REPLACE = _ADD.replace("counts.amount + EXCLUDED.amount", "EXCLUDED.amount")
_MARK = """
    INSERT INTO metrics.dirty (district, counter, month, version)
    SELECT *, 1 FROM unnest($1::text[], $2::text[], $3::date[])
    ON CONFLICT (district, counter, month) DO UPDATE SET version = dirty.version + 1"""

Place = tuple[str, str, date, str]
Cells = dict[tuple[str, date, str], Cell]


@dataclass(slots=True)
class Sum:
    """What a round adds to one cell, as far as it has come."""

    as_of: datetime
    amount: int = 0
    changes: int = 0
    corrections: int = 0
    corrected_on: date | None = None


class MetricsWork:
    """Metrics' side of one round: what its facts add, summed before it is written."""

    def __init__(self, districts: Mapping[str, District], analysed: Mapping[tuple[str, int], Cells]) -> None:
        self._districts = districts
        self._analysed = analysed
        self._prepared: list[tuple[str, Prepared]] = []
        self._added: dict[Place, Sum] = {}
        self._replaced: dict[Place, Sum] = {}

    def facts(self, incoming: Incoming) -> District | Facts:
        """The district that the fact is about; for a year's analysis its counts too."""
        district = self._districts[incoming.district]
        if isinstance(incoming.message, AnalysisDue):
            return Facts(district, self._analysed[incoming.district, incoming.message.year])
        return district

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Sum up."""
        for kept in effects.keep:
            if isinstance(kept, Prepared):
                self._prepared.append((incoming.district, kept))
                continue
            for count in kept:
                self._add(incoming.district, count, incoming.now)

    def _add(self, district: str, count: Count, at: datetime) -> None:
        place = (district, count.counter, count.month, count.scope)
        sums = self._replaced if count.replaces else self._added
        found = sums.get(place)
        if found is None:
            found = sums[place] = Sum(at)
        found.amount = count.amount if count.replaces else found.amount + count.amount
        found.changes += 1
        if at > found.as_of:
            found.as_of = at
        if count.corrected_on is not None:
            found.corrections += 1
            found.corrected_on = newest(found.corrected_on, count.corrected_on)

    async def save(self, connection: Connection) -> None:
        """Write the sums, in key order, and mark what must be published anew."""
        for statement, cells in ((_ADD, self._added), (_REPLACE, self._replaced)):
            if cells:
                await _write(connection, statement, cells)
        touched = sorted({place[:3] for place in (*self._added, *self._replaced)})
        if touched:
            await mark(connection, touched)
        if self._prepared:
            await connection.executemany(
                "INSERT INTO metrics.analyses (district, year, prepared_on) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                [(district, prepared.year, prepared.on) for district, prepared in self._prepared],
            )


async def _write(connection: Connection, statement: str, cells: Mapping[Place, Sum]) -> None:
    places = sorted(cells)
    await connection.execute(
        statement,
        *([place[i] for place in places] for i in range(4)),
        [cells[place].amount for place in places],
        [cells[place].changes for place in places],
        [cells[place].as_of for place in places],
        [cells[place].corrections for place in places],
        [cells[place].corrected_on for place in places],
    )


async def mark(connection: Connection, touched: list[tuple[str, str, date]]) -> None:
    """Mark (district, counter, month) to be published."""
    await connection.execute(_MARK, *([one[i] for one in touched] for i in range(3)))


async def load(connection: Connection, district: str, counters: list[str], year: int) -> Cells:
    """A district's counts of these counters in one year (year 1: the standing ones)."""
    rows = await connection.fetch(
        "SELECT counter, month, scope, amount, changes, as_of, corrections, corrected_on FROM metrics.counts"
        " WHERE district = $1 AND counter = ANY($2::text[]) AND month BETWEEN $3 AND $4",
        district,
        counters,
        date(year, 1, 1),
        date(year, 12, 31),
    )
    return {
        (row["counter"], row["month"], row["scope"]): Cell(
            row["amount"], row["changes"], row["as_of"], row["corrections"], row["corrected_on"]
        )
        for row in rows
    }


async def load_analysed(connection: Connection, messages: Sequence[Incoming]) -> dict[tuple[str, int], Cells]:
    """For each year that is to be analysed: its counts, and those of the year before."""
    found = {}
    for one in messages:
        if isinstance(one.message, AnalysisDue):
            year = one.message.year
            before = await load(connection, one.district, COUNTERS, year - 1)
            found[one.district, year] = before | await load(connection, one.district, COUNTERS, year)
    return found


async def due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Years that are over, were counted and not yet analysed, as messages at their end."""
    this_year = civil_date(now).year
    rows = await connection.fetch(
        "SELECT DISTINCT extract(year FROM c.month)::int AS year FROM metrics.counts c"
        " WHERE c.district = $1 AND c.month BETWEEN make_date($2 - 2, 1, 1) AND make_date($2 - 1, 12, 31)"
        " AND NOT EXISTS (SELECT FROM metrics.analyses a"
        " WHERE a.district = c.district AND a.year = extract(year FROM c.month)::int)"
        " ORDER BY year LIMIT $3",
        district,
        this_year,
        limit,
    )
    return [_analysis_due(district, row["year"]) for row in rows]


def _analysis_due(district: str, year: int) -> Incoming:
    at = datetime(year + 1, 1, 1, tzinfo=ZONE)
    return own_message("metrics", district, ANALYSIS_DUE, AnalysisDue(year=year), f"{district}/analysis/{year}", at)
