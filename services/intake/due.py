"""What falls due in intake: the duty to report up, the receiving of what came from above, notices to reporters,
the end of retention, a quarter's end, recommendations to units, and the audit's head, once a day.
"""

from collections.abc import Mapping
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message
from services.runtime.service import Due

from .beside.confirmed import recommendations_due
from .calendars import recounts_due
from .notices.rules import NoticeClockEnds
from .outside import TransferDue
from .screening.filings import quarters_ended
from .screening.following import ReferralDue
from .sealed.handover import UpReportDue
from .store import due_notices, due_petitions
from .vault import audit
from .vault.heads import HeadDue
from .vault.retention import retention_ends

UP_REPORT_DUE = Entry(Kind.CLOCK, "intake", UpReportDue)
TRANSFER_DUE = Entry(Kind.CLOCK, "intake", TransferDue)
HEAD_DUE = Entry(Kind.CLOCK, "intake", HeadDue)
REFERRAL_DUE = Entry(Kind.CLOCK, "intake", ReferralDue)
NOTICE_CLOCK_ENDS = Entry(Kind.CLOCK, "intake", NoticeClockEnds)


def due_in(districts: Mapping[str, District]) -> Due:
    """The ``due`` of a service with these districts: a corrected calendar, since it moves what falls due; the clocks,
    then what has been kept long enough, the quarters that are over, recommendations to units, and the audit's head.
    """

    async def due(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
        recounted = await recounts_due(connection, districts[code], now, limit)
        if recounted:
            return recounted
        rows = await due_petitions(connection, code, now, limit)
        found = [_due(code, petition, status, at) for petition, status, at in rows]
        found = found or [_overdue(code, *one) for one in await due_notices(connection, code, now, limit)]
        found = found or await retention_ends(connection, districts[code], now, limit)
        found = found or await quarters_ended(connection, code, now)
        found = found or await recommendations_due(connection, districts[code], now, limit)
        return found or await _head(connection, code, now)

    return due


def _due(district: str, petition: str, status: str, at: datetime) -> Incoming:
    """What has run out depends on how the petition stands."""
    message: UpReportDue | ReferralDue | TransferDue
    match status:
        case "sealed":
            entry, message = UP_REPORT_DUE, UpReportDue(petition=petition, due_at=at)
        case "referred":
            entry, message = REFERRAL_DUE, ReferralDue(petition=petition, due_at=at)
        case _:
            entry, message = TRANSFER_DUE, TransferDue(petition=petition, due_at=at)
    name = f"{petition}/{entry.name}/{at.isoformat()}"
    return own_message("intake", district, entry, message, name, at)


async def _head(connection: Connection, district: str, now: datetime) -> list[Incoming]:
    """The audit's head, if there is an audit and this day's was not said: the inbox knows."""
    rows, digest = await audit.head(connection)
    on = civil_date(now)
    message = HeadDue(on=on, rows=rows, hash=digest)
    due = own_message("intake", district, HEAD_DUE, message, f"{district}/audit_head/{on.isoformat()}", now)
    was_said = await connection.fetchval("SELECT EXISTS (SELECT FROM intake.inbox WHERE key = $1)", due.key)
    return [] if rows == 0 or was_said else [due]


def _overdue(district: str, petition: str, at: datetime) -> Incoming:
    name = f"{petition}/{NOTICE_CLOCK_ENDS.name}/{at.isoformat()}"
    return own_message("intake", district, NOTICE_CLOCK_ENDS, NoticeClockEnds(petition=petition, due_at=at), name, at)
