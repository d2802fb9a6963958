"""What review knows of a case's time after its conclusion. Outlives a reopening; a new acceptance begins without it."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.after import (
    CaseLapsed,
    CaseReopened,
    CountedConclusion,
    CountedObjection,
    CountedReopening,
    CountedView,
    FollowUpDue,
    FollowUpPlanned,
    FollowUpRecorded,
    ObjectionAnswered,
    ResultSentUp,
    SettlementEnded,
    ViewRecorded,
)
from xinfang_contracts.message import Message
from xinfang_contracts.notices import NoticeDelivered, NoticeFailed, NoticeKind, NoticeSent
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.returning import MaterialAdded
from xinfang_contracts.review import CaseConcluded, CaseSettled
from xinfang_contracts.tracks import TrackRecorded
from xinfang_contracts.vault import PetitionErased

from services.runtime.clock import civil_date


def _is_empty(value: Any) -> bool:
    return not value


class Visits(BaseModel):
    """last: the number of the visit that was planned or made last; due_at: when the next is due, and told: that was
    said; left: how many the district file still wants after it; declined: none is planned unless the reporter asks.
    """

    model_config = ConfigDict(frozen=True)
    last: int = Field(default=0, exclude_if=_is_empty)
    due_at: datetime | None = Field(default=None, exclude_if=_is_empty)
    told: bool = Field(default=False, exclude_if=_is_empty)
    left: int = Field(default=0, exclude_if=_is_empty)
    declined: bool = Field(default=False, exclude_if=_is_empty)


class After(BaseModel):
    """window: months of the district's settlement window; replied_on: when the reporter was told of the result that
    stands; notices: by which notices, past: those of earlier results; heard_on: the newest sign of them, or of what is
    done for them, since; view: what they said last;
    conclusions: earlier ones, which a reopening ended; repeats: of this case, as far as they were heard of; elsewhere:
    the matter goes on in a case of its own; led: a member of the leadership owned the case; unsent: its result waits
    for the principal before it goes up (规则23); erased: the petition is destroyed.
    """

    model_config = ConfigDict(frozen=True)
    window: int | None = Field(default=None, exclude_if=_is_empty)
    replied_on: date | None = Field(default=None, exclude_if=_is_empty)
    notices: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    past: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    heard_on: date | None = Field(default=None, exclude_if=_is_empty)
    lapsed_on: date | None = Field(default=None, exclude_if=_is_empty)
    view: CountedView | None = Field(default=None, exclude_if=_is_empty)
    objections: tuple[CountedObjection, ...] = Field(default=(), exclude_if=_is_empty)
    conclusions: tuple[CountedConclusion, ...] = Field(default=(), exclude_if=_is_empty)
    reopenings: tuple[CountedReopening, ...] = Field(default=(), exclude_if=_is_empty)
    repeats: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)
    visits: Visits = Field(default=Visits(), exclude_if=lambda visits: visits == Visits())
    elsewhere: bool = Field(default=False, exclude_if=_is_empty)
    led: bool = Field(default=False, exclude_if=_is_empty)
    unsent: bool = Field(default=False, exclude_if=_is_empty)
    erased: bool = Field(default=False, exclude_if=_is_empty)

    @property
    def open_objections(self) -> list[CountedObjection]:
        """Those that nobody has explained yet."""
        return [one for one in self.objections if one.answered_on is None]


NOTHING = After()


def evolve(part: After | None, fact: Message, now: datetime) -> After | None:
    """The part after a fact; None as long as there is nothing to know. The same object where it changes nothing."""
    known = part or NOTHING
    changed = _changed(known, fact, now)
    if not changed:
        return part
    after = known.model_copy(update=changed)
    return None if after == NOTHING else after


def _changed(known: After, fact: Message, now: datetime) -> dict[str, object]:
    match fact:
        case CaseConcluded():
            return _concluded(known, fact)
        case CaseSettled() | SettlementEnded():
            return {"lapsed_on": None, "elsewhere": known.elsewhere or isinstance(fact, SettlementEnded)}
        case CaseLapsed():
            return {"lapsed_on": fact.lapsed_on}
        case CaseReopened():
            return _reopened(known, fact)
        case ResultSentUp():
            return {"unsent": False}
        case ViewRecorded():
            return _viewed(known, fact)
        case ObjectionAnswered():
            explained = tuple(
                one if one.answered_on else one.model_copy(update={"answered_on": fact.on}) for one in known.objections
            )
            return {"objections": explained, "heard_on": fact.on}
        case FollowUpPlanned() | FollowUpDue() | FollowUpRecorded():
            return {"visits": _visited(known.visits, fact)}
        case _:
            return _heard(known, fact, now)


def _heard(known: After, fact: Message, now: datetime) -> dict[str, object]:
    """What other services say of the petition. Where there is no window, nothing runs from a reply."""
    match fact:
        case NoticeSent() | NoticeDelivered() | NoticeFailed() if fact.kind is NoticeKind.RESULT and known.window:
            return _told(known, fact)
        case MaterialAdded() | TrackRecorded() if known.window:
            return {"heard_on": civil_date(now)}
        case RepeatLinked(unit=None) if fact.repeat not in known.repeats:
            elsewhere = {"elsewhere": True} if fact.accepted else {}
            return {"repeats": (*known.repeats, fact.repeat), "heard_on": civil_date(now), **elsewhere}
        case LeaderNamed():
            return {"led": True}
        case PetitionErased():
            return {"erased": True}
        case _:
            return {}


def _told(known: After, fact: NoticeSent | NoticeDelivered | NoticeFailed) -> dict[str, object]:
    """A letter that was on its way when the case was reopened tells nobody of the result that stands now."""
    if fact.notice in known.past:
        return {}
    notices = known.notices if fact.notice in known.notices else (*known.notices, fact.notice)
    match fact:
        case NoticeSent():
            return {"replied_on": fact.sent_on, "notices": notices}
        case NoticeDelivered():
            return {"replied_on": fact.delivered_on, "notices": notices}
        case NoticeFailed():
            return {"replied_on": None, "notices": notices}


def _concluded(known: After, fact: CaseConcluded) -> dict[str, object]:
    visits = known.visits
    if fact.visit_at is not None:
        visits = Visits(last=visits.last + 1, due_at=fact.visit_at, left=max(fact.visits - 1, 0))
    return {
        "window": fact.settlement_window,
        "replied_on": None,
        "notices": (),
        "past": (*known.past, *known.notices),
        "heard_on": None,
        "elsewhere": False,
        "visits": visits,
        "unsent": fact.waits_to_go_up,
    }


def _reopened(known: After, fact: CaseReopened) -> dict[str, object]:
    reopening = CountedReopening(unit=fact.unit, zone=fact.zone, on=fact.reopened_on)
    return {
        "conclusions": (*known.conclusions, fact.conclusion),
        "reopenings": (*known.reopenings, reopening),
        "lapsed_on": None,
        "unsent": False,
        "visits": known.visits.model_copy(update={"due_at": None, "told": False, "left": 0}),
    }


def _viewed(known: After, fact: ViewRecorded) -> dict[str, object]:
    view = CountedView(view=fact.view, unit=fact.unit, zone=fact.zone, on=fact.on)
    raised = (CountedObjection(unit=fact.unit, zone=fact.zone, on=fact.on),) if fact.objection else ()
    return {"view": view, "heard_on": fact.on, "objections": (*known.objections, *raised)}


def _visited(visits: Visits, fact: FollowUpPlanned | FollowUpDue | FollowUpRecorded) -> Visits:
    match fact:
        case FollowUpPlanned():
            declined = visits.declined and not fact.asked_by_reporter
            return Visits(last=fact.visit, due_at=fact.due_at, left=visits.left, declined=declined)
        case FollowUpDue():
            return visits.model_copy(update={"told": True})
        case FollowUpRecorded(outcome="declined"):
            return Visits(last=fact.visit, declined=True)
        case FollowUpRecorded(next_at=None):
            return Visits(last=fact.visit, declined=visits.declined)
        case FollowUpRecorded():
            return Visits(last=fact.visit + 1, due_at=fact.next_at, left=visits.left - 1, declined=visits.declined)
