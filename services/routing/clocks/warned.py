"""Which years' missing arrangement a district was warned of, and when."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Column, Date, Text
from sqlmodel import Field, SQLModel
from xinfang_contracts.clocks import CalendarMissing, ExtendClock, ResumeClock, StartClock
from xinfang_contracts.district import District
from xinfang_contracts.handling import DeclareTie, ObjectToAssignment
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.pressing import IssueSupervisionLetter

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming

from ..decide import may_go_up
from .beginning import handling_name

_MOVING = (StartClock, ExtendClock, ResumeClock, SuperiorDecided)
_LEADING_UP = (DeclareTie, ObjectToAssignment)


class DistrictRow(SQLModel, table=True):
    """The last warning of a year."""

    __tablename__ = "districts"
    __table_args__ = {"schema": "routing"}
    district: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    warned_on: date = Field(sa_column=Column(Date, nullable=False))


async def warned_years(
    connection: Connection, districts: Mapping[str, District], messages: Sequence[Incoming]
) -> dict[str, set[int]]:
    """For the districts of which a message may start or move a clock that counts working days; locked, so that of two
    replicas one warns. Almost every round asks nothing.
    """
    concerned = sorted({one.district for one in messages if _may_count(one, districts)})
    if not concerned:
        return {}
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('routing.districts/' || code)) FROM unnest($1::text[]) AS code",
        concerned,
    )
    rows = await connection.fetch(
        "SELECT district, array_agg(year) AS years FROM routing.districts WHERE district = ANY($1::text[]) GROUP BY 1",
        concerned,
    )
    return {row["district"]: set(row["years"]) for row in rows}


def _may_count(one: Incoming, districts: Mapping[str, District]) -> bool:
    district, message = districts[one.district], one.message
    if isinstance(message, PetitionAccepted):
        name = handling_name(district, message)
        return _takes_days(district, name) or (
            _takes_days(district, district.handling.superior_clock)
            and (message.acceptance > 1 or may_go_up(message, district))
        )
    if isinstance(message, _LEADING_UP):
        return _takes_days(district, district.handling.superior_clock)
    if isinstance(message, IssueSupervisionLetter):
        return _takes_days(district, district.pressing.letter_clock)
    return isinstance(message, _MOVING)


def _takes_days(district: District, name: str | None) -> bool:
    return name is not None and district.clocks[name].unit == "working_day"


async def remember(connection: Connection, said: Sequence[CalendarMissing]) -> None:
    """What was warned of."""
    await connection.executemany(
        "INSERT INTO routing.districts (district, year, warned_on) VALUES ($1, $2, $3)"
        " ON CONFLICT (district, year) DO UPDATE SET warned_on = greatest(districts.warned_on, EXCLUDED.warned_on)",
        [(one.district, one.year, one.on) for one in said],
    )


async def unwarned(connection: Connection, district: str, years: Sequence[int], month: date) -> list[int]:
    """Of these years those that were not warned of since the month began."""
    rows = await connection.fetch(
        "SELECT year FROM routing.districts WHERE district = $1 AND warned_on >= $2", district, month
    )
    return [year for year in years if year not in {row["year"] for row in rows}]
