"""How a petition's notices stand. Part of its state."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.notices import NoticeKind

from services.runtime.clock import civil_date


class NoticeState(BaseModel):
    """One notice. ``document``: what was last written; ``sendings``: how often anything was.

    since: the day that its time counts from; on_time: counts as told by its day; overdue: it was not, and that was
    said; counted: its acceptance holds, and it is owed to who is told.
    """

    model_config = ConfigDict(frozen=True)
    kind: NoticeKind
    traits: CaseTraits
    due_at: datetime
    since: date | None = Field(default=None, exclude_if=lambda since: since is None)
    status: Literal["due", "prepared", "sent", "delivered", "failed"] = "due"
    way: Literal["mail", "letter"] | None = None
    document: DocumentRef | None = None
    sendings: int = 0
    on_time: bool = False
    overdue: bool = False
    counted: bool = Field(default=True, exclude_if=lambda counted: counted)

    @property
    def is_open(self) -> bool:
        """Nobody has told the reporter yet."""
        return self.status in ("due", "prepared", "failed")

    @property
    def will_be_overdue(self) -> bool:
        """Somebody is to be told, and that it is late was not said."""
        return self.is_open and self.counted and not self.overdue

    @property
    def is_mail_under_way(self) -> bool:
        """A mail waits for the mail server."""
        return self.status == "prepared" and self.way == "mail"

    @property
    def last_day(self) -> date:
        """The day by whose end the reporter is to be told."""
        return civil_date(self.due_at - timedelta(microseconds=1))


def next_due(notices: Mapping[str, NoticeState]) -> datetime | None:
    """When the next of them will be overdue; None when none will."""
    return min((one.due_at for one in notices.values() if one.will_be_overdue), default=None)
