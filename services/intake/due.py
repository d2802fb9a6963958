"""What falls due in intake: the principal's duty to report up, and the receiving of what came from above."""

from datetime import datetime

from xinfang_contracts.envelope import Envelope
from xinfang_contracts.registry import Entry, Kind

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, hash_of, inbox_key

from .handover import UpReportDue
from .outside import TransferDue
from .store import due_petitions

UP_REPORT_DUE = Entry(Kind.CLOCK, "intake", UpReportDue)
TRANSFER_DUE = Entry(Kind.CLOCK, "intake", TransferDue)


async def due(connection: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
    """Petitions whose clock has run out by ``now``, oldest first, as messages at their own due time."""
    rows = await due_petitions(connection, district, now, limit)
    return [_due(district, petition, is_sealed, at) for petition, is_sealed, at in rows]


def _due(district: str, petition: str, is_sealed: bool, at: datetime) -> Incoming:
    message: UpReportDue | TransferDue
    if is_sealed:
        entry, message = UP_REPORT_DUE, UpReportDue(petition=petition, due_at=at)
    else:
        entry, message = TRANSFER_DUE, TransferDue(petition=petition, due_at=at)
    name = f"{petition}/{entry.name}/{at.isoformat()}"
    return Incoming(
        key=inbox_key("intake", name),
        body_hash=hash_of(b""),
        speaker="intake",
        district=district,
        actor=None,
        entry=entry,
        envelope=Envelope(id=name, type=entry.type, source="intake"),
        message=message,
        now=at,
    )
