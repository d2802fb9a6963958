"""What is kept of publications: how each chain ended when it was last published, and the publications' hashes."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel
from xinfang_contracts.registry import Entry, Kind
from xinfang_contracts.signing import HeadsPublished

from services.runtime.clock import civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from .heads import Ending, HeadsDue

SCHEMA = "review"
HEADS_DUE = Entry(Kind.CLOCK, "review", HeadsDue)


class PublishedHeadRow(SQLModel, table=True):
    """How a chain ended when it was last published."""

    __tablename__ = "published_heads"
    __table_args__ = (Index("published_heads_of_district", text("left(petition, 6)")), {"schema": SCHEMA})
    petition: str = Field(sa_type=Text, primary_key=True)
    place: int
    head: str = Field(sa_type=Text)


class PublicationRow(SQLModel, table=True):
    """A publication: only ever added."""

    __tablename__ = "publications"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    number: int = Field(primary_key=True)
    published_on: date
    hash: str = Field(sa_type=Text)


_GROWN = """
SELECT petition, (state #>> '{case,trail,place}')::integer AS place, state #>> '{case,trail,head}' AS head
FROM review.cases LEFT JOIN review.published_heads p USING (petition)
WHERE left(petition, 6) = $1 AND state #>> '{case,trail,head}' IS DISTINCT FROM p.head
"""


async def heads_due(connection: Connection, district: str, now: datetime) -> list[Incoming]:
    """The next publication, where chains have grown since the last."""
    if not await connection.fetchval(f"SELECT EXISTS ({_GROWN})", district):
        return []
    last = await connection.fetchval("SELECT max(number) FROM review.publications WHERE district = $1", district)
    message = HeadsDue(on=civil_date(now))
    # By the tick as well: two replicas work off two ticks at once, and the one's must not be taken for the other's.
    name = f"{district}/heads/{(last or 0) + 1}/{now.isoformat()}"
    return [own_message("review", district, HEADS_DUE, message, name, now)]


async def load(connection: Connection, messages: Sequence[Incoming]) -> dict[str, Ending]:
    """What the publications of this round need, by district; another replica's publication is waited for."""
    found = {}
    for district in sorted({one.district for one in messages if isinstance(one.message, HeadsDue)}):
        await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, int(district))
        last = await connection.fetchrow(
            "SELECT number, hash FROM review.publications WHERE district = $1 ORDER BY number DESC LIMIT 1", district
        )
        ends = await connection.fetch(
            "SELECT petition, place, head FROM review.published_heads WHERE left(petition, 6) = $1", district
        )
        grown = await connection.fetch(_GROWN, district)
        found[district] = Ending(
            district,
            published={row["petition"]: (row["place"], row["head"]) for row in ends},
            grown={row["petition"]: (row["place"], row["head"]) for row in grown},
            number=last["number"] if last else 0,
            hash=last["hash"] if last else None,
        )
    return found


_LOCK = 0x584648  # "XFH"


async def save(connection: Connection, said: Sequence[tuple[str, HeadsPublished]]) -> None:
    """Write what was published, in its round's transaction. said: with their districts."""
    for district, one in said:
        await connection.execute(
            "INSERT INTO review.publications (district, number, published_on, hash) VALUES ($1, $2, $3, $4)",
            district,
            one.number,
            one.on,
            one.hash,
        )
        await connection.execute(
            "INSERT INTO review.published_heads (petition, place, head)"
            " SELECT * FROM unnest($1::text[], $2::integer[], $3::text[])"
            " ON CONFLICT (petition) DO UPDATE SET place = EXCLUDED.place, head = EXCLUDED.head",
            [head.petition for head in one.grown],
            [head.place for head in one.grown],
            [head.head for head in one.grown],
        )
