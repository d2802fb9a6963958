"""Finds the cases whose clarifications were counted by another calendar than the district's is now."""

import json
from datetime import datetime

from sqlalchemy import Index, text
from xinfang_contracts.registry import Entry, Kind

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from .state import ClarifyingRecounted

RECOUNTED = Entry(Kind.CLOCK, "review", ClarifyingRecounted)
RUNNING = """state @? '$.case.clarifying.items[*] ? (@.stage == "approved")'"""
"""Cases in which a clarification is to be made. The same text as the index has, or it is not found by it."""
INDEX = Index("cases_to_clear", text("left(petition, 6)"), postgresql_where=text(RUNNING))

_COUNTED_OTHERWISE = f"""
    SELECT petition FROM review.cases WHERE left(petition, 6) = $1 AND {RUNNING}
      AND jsonb_path_exists(state,
        '$.case.clarifying.items[*] ? (@.stage == "approved" && @.clock.calendar != $now)', $2::jsonb)
    ORDER BY petition LIMIT $3
"""


async def recounts_due(
    connection: Connection, district: str, calendar: str, now: datetime, limit: int
) -> list[Incoming]:
    """A message for each of them."""
    rows = await connection.fetch(_COUNTED_OTHERWISE, district, json.dumps({"now": calendar}), limit)
    return [_recounted(district, row["petition"], calendar, now) for row in rows]


def _recounted(district: str, petition: str, calendar: str, now: datetime) -> Incoming:
    # With the tick's moment: a calendar may be changed away and back.
    name = f"{petition}/clarifying/{calendar}/{now.isoformat()}"
    message = ClarifyingRecounted(petition=petition, calendar=calendar)
    return own_message("review", district, RECOUNTED, message, name, now)
