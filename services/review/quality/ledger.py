"""What is kept of samples: which periods were drawn, and which of their files wait to be handed out."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Boolean, Column, Index, Text, text
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.quality import DrawSample, SampleDrawn
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from .drawing import FileDue, HandedOut
from .sampling import Drawing, Publication, days_of

SCHEMA = "review"
FILE_DUE = Entry(Kind.CLOCK, "review", FileDue)


class SampleRow(SQLModel, table=True):
    """A period that was drawn."""

    __tablename__ = "samples"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    period: str = Field(sa_type=Text, primary_key=True)
    drawn_on: date


class SampledRow(SQLModel, table=True):
    """A file of a sample."""

    __tablename__ = "sampled"
    __table_args__ = (
        Index("sampled_waiting", "district", postgresql_where=text("NOT handed_out")),
        {"schema": SCHEMA},
    )
    district: str = Field(sa_type=Text, primary_key=True)
    period: str = Field(sa_type=Text, primary_key=True)
    petition: str = Field(sa_type=Text, primary_key=True)
    handed_out: bool = Field(sa_column=Column(Boolean, nullable=False))


Drawings = dict[tuple[str, str], Drawing]
"""(district, period) -> what its draw needs."""


async def load(connection: Connection, districts: Mapping[str, District], messages: Sequence[Incoming]) -> Drawings:
    """What the draws of this round need; two that want the same period come one after the other."""
    wanted = {(one.district, one.message.period) for one in messages if isinstance(one.message, DrawSample)}
    found = {}
    for code, period in sorted(wanted):
        await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, int(code))
        first, last = days_of(period, districts[code].statistics.month_ends_on)
        drawn = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM review.samples WHERE district = $1 AND period = $2)", code, period
        )
        seed = await connection.fetchrow(
            "SELECT number, published_on, hash FROM review.publications"
            " WHERE district = $1 AND published_on > $2 ORDER BY number LIMIT 1",
            code,
            last,
        )
        rows = await connection.fetch(
            "SELECT petition, state #>> '{case,unit}' AS unit, state #>> '{case,excluded}' AS tied FROM review.cases"
            " WHERE left(petition, 6) = $1 AND concluded_on BETWEEN $2 AND $3",
            code,
            first,
            last,
        )
        found[code, period] = Drawing(
            is_drawn=drawn,
            seed=Publication(seed["number"], seed["published_on"], seed["hash"]) if seed else None,
            frame={row["petition"]: row["unit"] for row in rows},
            tied={row["petition"]: json.loads(row["tied"]) for row in rows},
        )
    return found


_LOCK = 0x585153  # "XQS"


async def files_due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Files that wait to be handed out."""
    rows = await connection.fetch(
        "SELECT period, petition FROM review.sampled WHERE district = $1 AND NOT handed_out"
        " ORDER BY period, petition LIMIT $2",
        district,
        limit,
    )
    return [_file_due(district, row["period"], row["petition"], now) for row in rows]


def _file_due(district: str, period: str, petition: str, now: datetime) -> Incoming:
    message = FileDue(petition=petition, period=period)
    return own_message("review", district, FILE_DUE, message, f"{petition}/sampled/{period}", now)


async def save(
    connection: Connection,
    drawn: Sequence[tuple[str, SampleDrawn, datetime]],
    handed_out: Sequence[tuple[str, HandedOut]],
) -> None:
    """Write what was drawn and handed out, in its round's transaction."""
    for district, fact, at in drawn:
        await connection.execute(
            "INSERT INTO review.samples (district, period, drawn_on) VALUES ($1, $2, $3)",
            district,
            fact.period,
            civil_date(at),
        )
        await connection.execute(
            "INSERT INTO review.sampled (district, period, petition, handed_out)"
            " SELECT $1, $2, petition, false FROM unnest($3::text[]) AS petition",
            district,
            fact.period,
            fact.petitions,
        )
    if handed_out:
        await connection.execute(
            "UPDATE review.sampled s SET handed_out = true"
            " FROM unnest($1::text[], $2::text[], $3::text[]) AS done (district, period, petition)"
            " WHERE (s.district, s.period, s.petition) = (done.district, done.period, done.petition)",
            [district for district, _ in handed_out],
            [one.period for _, one in handed_out],
            [one.petition for _, one in handed_out],
        )
