"""What falls due in intake: the duty to report up, the receiving of what came from above,
notices to reporters, the end of retention.
"""

from collections.abc import Mapping
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message
from services.runtime.service import Due

from .notices.rules import NoticeClockEnds
from .outside import TransferDue
from .sealed.handover import UpReportDue
from .store import due_notices, due_petitions
from .vault.retention import retention_ends

UP_REPORT_DUE = Entry(Kind.CLOCK, "intake", UpReportDue)
TRANSFER_DUE = Entry(Kind.CLOCK, "intake", TransferDue)
NOTICE_CLOCK_ENDS = Entry(Kind.CLOCK, "intake", NoticeClockEnds)


def due_in(districts: Mapping[str, District]) -> Due:
    """The ``due`` of a service with these districts: the clocks first, then what has been kept long enough."""

    async def due(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
        rows = await due_petitions(connection, code, now, limit)
        found = [_due(code, petition, is_sealed, at) for petition, is_sealed, at in rows]
        found = found or [_overdue(code, *one) for one in await due_notices(connection, code, now, limit)]
        return found or await retention_ends(connection, districts[code], now, limit)

    return due


def _due(district: str, petition: str, is_sealed: bool, at: datetime) -> Incoming:
    message: UpReportDue | TransferDue
    if is_sealed:
        entry, message = UP_REPORT_DUE, UpReportDue(petition=petition, due_at=at)
    else:
        entry, message = TRANSFER_DUE, TransferDue(petition=petition, due_at=at)
    name = f"{petition}/{entry.name}/{at.isoformat()}"
    return own_message("intake", district, entry, message, name, at)


def _overdue(district: str, petition: str, at: datetime) -> Incoming:
    name = f"{petition}/{NOTICE_CLOCK_ENDS.name}/{at.isoformat()}"
    return own_message("intake", district, NOTICE_CLOCK_ENDS, NoticeClockEnds(petition=petition, due_at=at), name, at)
