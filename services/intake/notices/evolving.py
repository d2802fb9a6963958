"""A petition's notices after a fact. Functions of values."""

from datetime import datetime
from typing import get_args

from xinfang_contracts.deadlines import DeadlineRecomputed
from xinfang_contracts.message import Message
from xinfang_contracts.notices import (
    NoticeDelivered,
    NoticeDropped,
    NoticeDue,
    NoticeFailed,
    NoticeKind,
    NoticeOverdue,
    NoticePrepared,
    NoticeSent,
)

from .. import counted, recounting
from ..returns import returning
from ..state import Screened, State, Verifiable
from .standing import NoticeState

_Moved = NoticePrepared | NoticeSent | NoticeDelivered | NoticeFailed | NoticeOverdue
_CONCERNED = frozenset({NoticeDue, NoticeDropped, *get_args(_Moved)})
"""Asked first, of every fact: to be found none of these classes, one after another, costs ten times as much."""


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The petition after a fact: what intake's other rules make of it, and its notices."""
    after = counted.evolve(returning.evolve(state, fact, now), fact)
    if isinstance(fact, DeadlineRecomputed):
        return recounting.evolve(after, fact)
    if type(fact) not in _CONCERNED or not isinstance(after, Verifiable):
        return after
    if isinstance(fact, NoticeDue) and fact.carried and fact.notice in after.notices:
        again = after.notices[fact.notice].model_copy(update={"traits": fact.traits, "counted": True})
        return after.model_copy(update={"notices": after.notices | {fact.notice: again}})
    if isinstance(fact, NoticeDue):
        concluded_on = after.concluded_on if isinstance(after, Screened) else None
        since = fact.traits.received_on if fact.kind is NoticeKind.ACCEPTANCE else concluded_on
        new = NoticeState(kind=fact.kind, traits=fact.traits, due_at=fact.due_at, since=since)
        return after.model_copy(update={"notices": after.notices | {fact.notice: new}})
    if isinstance(fact, NoticeDropped):
        left = {id_: one for id_, one in after.notices.items() if id_ != fact.notice}
        return after.model_copy(update={"notices": left})
    if isinstance(fact, _Moved) and fact.notice in after.notices:
        moved = _moved(after.notices[fact.notice], fact)
        return after.model_copy(update={"notices": after.notices | {fact.notice: moved}})
    return after


def _moved(notice: NoticeState, fact: _Moved) -> NoticeState:
    match fact:
        case NoticePrepared():
            change: dict[str, object] = {
                "status": "prepared",
                "way": fact.way,
                "document": fact.document,
                "sendings": notice.sendings + 1,
            }
        case NoticeSent():
            change = {"status": "sent", "on_time": notice.on_time or fact.newly_on_time}
        case NoticeDelivered():
            change = {"status": "delivered", "on_time": notice.on_time or fact.newly_on_time}
        case NoticeFailed():
            change = {"status": "failed", "on_time": False}
        case NoticeOverdue():
            change = {"overdue": True}
    return notice.model_copy(update=change)
