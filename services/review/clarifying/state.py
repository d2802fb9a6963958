"""What review knows of a case's clarifications. Hangs on the case, and outlives what it moves through."""

from collections.abc import Callable
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.clarification import (
    ClarificationApproved,
    ClarificationAssessed,
    ClarificationChecked,
    ClarificationFiled,
    ClarificationGround,
    ClarificationMade,
    ClarificationOverdue,
    ClarificationProposed,
    ClarificationRecounted,
    ClarificationRefused,
    ClarificationReminded,
    ClarificationWay,
    Cleared,
    FalseAccusationJudged,
    FalseAccusationProposed,
    MistakenAccusationRecorded,
)
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.message import DocumentRef, Message, PetitionNumber
from xinfang_contracts.routing import Clock
from xinfang_contracts.statistics import CountedClarification
from xinfang_contracts.vault import DocumentDeposited, DocumentKind

from services.runtime.clock import civil_date

Stage = Literal["proposed", "assessed", "checked", "approved", "made", "filed", "refused", "stopped"]
UNDER_WAY: tuple[Stage, ...] = ("proposed", "assessed", "checked", "approved", "made")
Accusation = Literal["proposed", "found", "not_found", "mistaken"]


class ClarifyingRecounted(Message):
    """A case's clarifications are counted by another calendar from now on. Never leaves the service."""

    petition: PetitionNumber
    calendar: str


class Clarification(BaseModel):
    """One clarification, with who has had which part in it. overdue_on: that it was late was said, for that day."""

    model_config = ConfigDict(frozen=True)
    number: int
    stage: Stage
    unit: str
    zone: str | None = None
    cleared: Cleared
    grounds: tuple[ClarificationGround, ...]
    by: str
    accused_agrees: bool | None = None
    applied_on: date | None = None
    document: DocumentRef | None = None
    assessed_by: str | None = None
    assessment: DocumentRef | None = None
    checked_by: str | None = None
    approved_by: str | None = None
    clock: Clock | None = None
    reminded: tuple[str, ...] = ()
    overdue_on: date | None = None
    made_on: date | None = None
    ways: tuple[ClarificationWay, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether its clock runs."""
        return self.stage == "approved" and self.clock is not None


class Clarifying(BaseModel):
    """All of a case. texts: documents that have passed the redaction gate as clarifications, id -> digest."""

    model_config = ConfigDict(frozen=True)
    items: tuple[Clarification, ...] = ()
    texts: dict[str, str] = Field(default_factory=dict)
    accusation: Accusation | None = None

    def of(self, number: int) -> Clarification | None:
        """The clarification of that number."""
        return next((one for one in self.items if one.number == number), None)


NOTHING = Clarifying()


def clarifying_after(part: Clarifying | None, fact: Message) -> Clarifying | None:
    """What is known after a fact; the same value where the fact says nothing of it."""
    match fact:
        case DocumentDeposited(kind=DocumentKind.CLARIFICATION):
            known = part or NOTHING
            return known.model_copy(update={"texts": known.texts | {fact.document.document: fact.document.digest}})
        case ClarificationProposed():
            known = part or NOTHING
            return known.model_copy(update={"items": (*known.items, _proposed(fact))})
        case FalseAccusationProposed():
            return (part or NOTHING).model_copy(update={"accusation": "proposed"})
        case FalseAccusationJudged():
            return (part or NOTHING).model_copy(update={"accusation": "found" if fact.found else "not_found"})
        case MistakenAccusationRecorded():
            return (part or NOTHING).model_copy(update={"accusation": "mistaken"})
        case TieDeclared() if part is not None:
            return _each(part, lambda one: _without(one, fact.actor))
        case ClarifyingRecounted() if part is not None:
            return _each(part, lambda one: _counted_by(one, fact.calendar))
        case _ if part is not None:
            return _each(part, lambda one: _after(one, fact))
        case _:
            return part


def counted_clarifications(part: Clarifying | None) -> list[CountedClarification]:
    """As figures count them: filed, overdue, or both."""
    return [
        CountedClarification(
            unit=one.unit,
            zone=one.zone,
            cleared=one.cleared,
            ways=list(one.ways),
            made_on=one.made_on if one.stage == "filed" else None,
            overdue_on=one.overdue_on,
        )
        for one in (part or NOTHING).items
        if one.stage == "filed" or one.overdue_on is not None
    ]


def halted(part: Clarifying | None) -> Clarifying | None:
    """The case is open again, or another's: what is under way stops, what was filed stays so."""
    if part is None:
        return None
    return _each(part, lambda one: one.model_copy(update={"stage": "stopped"}) if one.stage in UNDER_WAY else one)


def _each(part: Clarifying, change: Callable[[Clarification], Clarification]) -> Clarifying:
    items = tuple(change(one) for one in part.items)
    is_same = all(after is before for after, before in zip(items, part.items, strict=True))
    return part if is_same else part.model_copy(update={"items": items})


def _proposed(fact: ClarificationProposed) -> Clarification:
    return Clarification(
        number=fact.number,
        stage="proposed",
        unit=fact.unit,
        zone=fact.zone,
        cleared=fact.cleared,
        grounds=tuple(fact.grounds),
        by=fact.by,
        accused_agrees=fact.accused_agrees,
        applied_on=fact.applied_on,
        document=fact.document,
    )


def _after(one: Clarification, fact: Message) -> Clarification:
    if getattr(fact, "number", None) != one.number:
        return one
    changes: dict[str, object]
    match fact:
        case ClarificationAssessed():
            changes = {"stage": "assessed", "assessed_by": fact.by, "assessment": fact.document}
        case ClarificationChecked(agrees=True):
            changes = {"stage": "checked", "checked_by": fact.by}
        case ClarificationChecked():
            changes = _UNASSESSED
        case ClarificationRefused():
            changes = {"stage": "refused"}
        case ClarificationApproved():
            changes = {"stage": "approved", "approved_by": fact.by, "clock": fact.clock}
        case ClarificationReminded():
            changes = {"reminded": (*one.reminded, fact.colour.value)}
        case ClarificationOverdue():
            changes = {"overdue_on": civil_date(fact.clock.due_at)}
        case ClarificationRecounted():
            changes = {"clock": fact.after}
        case ClarificationMade():
            changes = {"stage": "made", "made_on": fact.on, "ways": tuple(fact.ways)}
        case ClarificationFiled():
            changes = {"stage": "filed"}
        case _:
            return one
    return one.model_copy(update=changes)


_UNASSESSED: dict[str, object] = {"stage": "proposed", "assessed_by": None, "assessment": None, "checked_by": None}
_UNAPPROVED: dict[str, object] = {"approved_by": None, "clock": None, "reminded": ()}


def _without(one: Clarification, actor: str) -> Clarification:
    """Somebody is tied: of what is not yet made, their word counts no longer, nor what was built on it."""
    if one.stage not in ("assessed", "checked", "approved"):
        return one
    if actor == one.assessed_by:
        return one.model_copy(update=_UNASSESSED | _UNAPPROVED)
    if actor == one.checked_by:
        return one.model_copy(update={"stage": "assessed", "checked_by": None} | _UNAPPROVED)
    if actor == one.approved_by:
        return one.model_copy(update={"stage": "checked" if one.checked_by else "assessed"} | _UNAPPROVED)
    return one


def _counted_by(one: Clarification, calendar: str) -> Clarification:
    if one.clock is None or one.clock.calendar in (None, calendar):
        return one
    return one.model_copy(update={"clock": one.clock.model_copy(update={"calendar": calendar})})
