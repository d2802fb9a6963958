"""A recommendation to a unit as intake knows it, from the proposal to the close. Words are in the vault."""

from datetime import date, datetime, time, timedelta
from typing import Literal

from xinfang_contracts.message import Message
from xinfang_contracts.recommendation import (
    RecommendationAnswered,
    RecommendationClosed,
    RecommendationDropped,
    RecommendationIssued,
    RecommendationKind,
    RecommendationOverdue,
    RecommendationProposed,
)

from services.runtime.clock import ZONE

from .item import Item


class Proposed(Item):
    """Waits for an office to issue or to drop it."""

    status: Literal["proposed"] = "proposed"
    unit: str


class Issued(Item):
    """The unit is to rectify. ``answered``: it has said how; ``overdue``: it had not in time, and that was said."""

    status: Literal["issued"] = "issued"
    unit: str
    kind: RecommendationKind
    due_on: date
    answered: bool = False
    overdue: bool = False


class Dropped(Item):
    """None was made."""

    status: Literal["dropped"] = "dropped"
    unit: str


class Closed(Item):
    """Its supervision is over."""

    status: Literal["closed"] = "closed"
    unit: str
    kind: RecommendationKind
    rectified: bool


Recommended = Proposed | Issued | Dropped | Closed


def begun(fact: Message, now: datetime) -> Proposed | None:
    """The proposal; None when the fact begins none."""
    return Proposed(last_at=now, unit=fact.unit) if isinstance(fact, RecommendationProposed) else None


def gone_on(state: Recommended, fact: Message) -> Recommended:
    """The recommendation after a fact, its documents aside; itself when the fact changes nothing."""
    match state, fact:
        case Proposed(), RecommendationIssued():
            return Issued(last_at=state.last_at, unit=state.unit, kind=fact.kind, due_on=fact.due_on)
        case Proposed(), RecommendationDropped():
            return Dropped(last_at=state.last_at, unit=state.unit)
        case Issued(), RecommendationAnswered():
            return state.model_copy(update={"answered": True})
        case Issued(), RecommendationOverdue():
            return state.model_copy(update={"overdue": True})
        case Issued(), RecommendationClosed():
            return Closed(last_at=state.last_at, unit=state.unit, kind=state.kind, rectified=fact.rectified)
        case _:
            return state


def due_at(state: object) -> datetime | None:
    """When a unit's answer will be overdue: the end of the last day; None when nothing will."""
    if not isinstance(state, Issued) or state.answered or state.overdue:
        return None
    return datetime.combine(state.due_on + timedelta(days=1), time.min, ZONE)
