"""How much was kept on file in each quarter, counted as it happens, and which quarters are still to be reported."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time

from sqlalchemy import Boolean, Column, Text, text
from sqlmodel import Field, SQLModel
from xinfang_contracts.intake import PetitionKeptOnFile
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import ZONE, civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from .quarterly import QuarterEnds, Reported, quarter_of

QUARTER_ENDS = Entry(Kind.CLOCK, "intake", QuarterEnds)

Filed = Counter[tuple[str, str, bool]]
"""(district, quarter, whether an earlier petition is named) -> how many."""


class FilingRow(SQLModel, table=True):
    """A quarter's petitions that were kept on file."""

    __tablename__ = "filings"
    __table_args__ = {"schema": "intake"}
    district: str = Field(sa_type=Text, primary_key=True)
    quarter: str = Field(sa_type=Text, primary_key=True)
    kept_on_file: int
    of_known_cases: int
    is_reported: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("false")))


def place_of(fact: PetitionKeptOnFile, incoming: Incoming) -> tuple[str, str, bool]:
    """Where a petition that is kept on file is counted."""
    return incoming.district, quarter_of(civil_date(incoming.now)), fact.repeat_of is not None


async def save(connection: Connection, counts: Mapping[tuple[str, str, bool], int], done: Iterable[Reported]) -> None:
    """Add the counts, in key order, and note what has been reported."""
    places = sorted({(district, quarter) for district, quarter, _ in counts})
    known = [counts.get((*place, True), 0) for place in places]
    if places:
        await connection.execute(
            "INSERT INTO intake.filings (district, quarter, kept_on_file, of_known_cases)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[])"
            " ON CONFLICT (district, quarter) DO UPDATE SET"
            " kept_on_file = filings.kept_on_file + EXCLUDED.kept_on_file,"
            " of_known_cases = filings.of_known_cases + EXCLUDED.of_known_cases",
            [district for district, _ in places],
            [quarter for _, quarter in places],
            [counts.get((*place, False), 0) + linked for place, linked in zip(places, known, strict=True)],
            known,
        )
    for one in done:
        await connection.execute(
            "UPDATE intake.filings SET is_reported = true WHERE district = $1 AND quarter = $2",
            one.district,
            one.quarter,
        )


async def quarters_ended(connection: Connection, district: str, now: datetime) -> list[Incoming]:
    """The district's quarters that are over and not yet reported, as messages at the moment that ``now`` is."""
    rows = await connection.fetch(
        "SELECT quarter, kept_on_file, of_known_cases FROM intake.filings"
        " WHERE district = $1 AND quarter < $2 AND NOT is_reported ORDER BY quarter",
        district,
        quarter_of(civil_date(now)),
    )
    at = datetime.combine(civil_date(now), time.min, ZONE)
    return [
        own_message("intake", district, QUARTER_ENDS, QuarterEnds(**row), f"{district}/filings/{row['quarter']}", at)
        for row in rows
    ]
