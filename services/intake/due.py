"""What falls due in intake: the duty to report up, the receiving of what came from above, the end of retention."""

from collections.abc import Mapping
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message
from services.runtime.service import Due

from .outside import TransferDue
from .repeats.seeking import Seeking
from .sealed.handover import UpReportDue
from .store import due_petitions
from .vault.retention import retention_ends

UP_REPORT_DUE = Entry(Kind.CLOCK, "intake", UpReportDue)
TRANSFER_DUE = Entry(Kind.CLOCK, "intake", TransferDue)


def due_in(districts: Mapping[str, District], seeking: Seeking) -> Due:
    """The ``due`` of a service with these districts: clocks, what has been kept long enough, the look for repeats."""

    async def due(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
        rows = await due_petitions(connection, code, now, limit)
        found = [_due(code, petition, is_sealed, at) for petition, is_sealed, at in rows]
        found = found or await retention_ends(connection, districts[code], now, limit)
        return found or await seeking.due(connection, code, now, limit)

    return due


def _due(district: str, petition: str, is_sealed: bool, at: datetime) -> Incoming:
    message: UpReportDue | TransferDue
    if is_sealed:
        entry, message = UP_REPORT_DUE, UpReportDue(petition=petition, due_at=at)
    else:
        entry, message = TRANSFER_DUE, TransferDue(petition=petition, due_at=at)
    name = f"{petition}/{entry.name}/{at.isoformat()}"
    return own_message("intake", district, entry, message, name, at)
