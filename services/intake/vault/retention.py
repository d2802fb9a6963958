"""What falls due in intake: petitions whose retention period is over."""

from datetime import date, datetime, time

from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import ZONE, civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from .custody import RetentionEnds, retained_until

RETENTION_ENDS = Entry(Kind.CLOCK, "intake", RetentionEnds)


async def retention_ends(connection: Connection, district: District, now: datetime, limit: int) -> list[Incoming]:
    """Petitions that have been kept long enough, as messages at that day; a district without a period has none."""
    if district.retention is None:
        return []
    # Some days too many: PostgreSQL's months are not the clock's. Due are the first of them, if any.
    rows = await connection.fetch(
        "SELECT petition, retained_since FROM intake.petitions WHERE left(petition, 6) = $1"
        " AND retained_since <= $2::timestamptz - make_interval(months => $3) + interval '3 days'"
        " ORDER BY retained_since, petition LIMIT $4",
        district.code,
        now,
        district.retention.months,
        limit,
    )
    found = [(row["petition"], retained_until(row["retained_since"], district)) for row in rows]
    return [_ends(district.code, petition, on) for petition, on in found if on is not None and on <= civil_date(now)]


def _ends(code: str, petition: str, on: date) -> Incoming:
    name = f"{petition}/retention/{on.isoformat()}"
    at = datetime.combine(on, time.min, ZONE)
    return own_message("intake", code, RETENTION_ENDS, RetentionEnds(petition=petition), name, at)
