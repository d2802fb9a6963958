"""The audit's head, said once a day: rows that are cut off later are missed there. Functions of values."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from xinfang_contracts.message import Digest, Message
from xinfang_contracts.vault import AuditHeadPublished

from services.runtime.rules import Output

from ..state import State


class HeadDue(Message):
    """A day has begun, and there are readings: what a tick makes of it. Never leaves the service."""

    on: date
    rows: int
    hash: Digest


def publish_head(_state: State, message: HeadDue, _facts: Any, *, now: datetime) -> Sequence[Output]:
    """Say how long the audit is and how it ends; no word of what was read, by whom or of whom."""
    return [AuditHeadPublished(on=message.on, rows=message.rows, hash=message.hash)]
