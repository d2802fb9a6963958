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
    ClarificationMade,
    ClarificationOverdue,
    ClarificationProposed,
    ClarificationRecounted,
    ClarificationRefused,
    ClarificationReminded,
    FalseAccusationJudged,
    FalseAccusationProposed,
    MistakenAccusationRecorded,
)
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.message import Message, PetitionNumber
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
    """One clarification: the facts that have brought it where it is. overdue_on: that it was late was said, for then.

    clock: runs from the approval, as the calendar now has it; is_void: its case was given up, it counts no more.
    """

    model_config = ConfigDict(frozen=True)
    number: int
    stage: Stage
    proposed: ClarificationProposed
    assessed: ClarificationAssessed | None = None
    checked: ClarificationChecked | None = None
    approved: ClarificationApproved | None = None
    made: ClarificationMade | None = None
    clock: Clock | None = None
    reminded: tuple[str, ...] = ()
    overdue_on: date | None = None
    is_void: bool = Field(default=False, exclude_if=lambda is_void: not is_void)

    @property
    def spoken(self) -> list[str]:
        """Who has handled, assessed or checked it: not who approves it."""
        return [self.proposed.unit, *(one.by for one in (self.assessed, self.checked) if one is not None)]


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
            fresh = Clarification(number=fact.number, stage="proposed", proposed=fact)
            return known.model_copy(update={"items": (*known.items, fresh)})
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
            unit=one.proposed.unit,
            zone=one.proposed.zone,
            cleared=one.proposed.cleared,
            ways=one.made.ways if one.made else [],
            made_on=one.made.on if one.made and one.stage == "filed" else None,
            overdue_on=one.overdue_on,
        )
        for one in (part or NOTHING).items
        if not one.is_void and (one.stage == "filed" or one.overdue_on is not None)
    ]


def halted(part: Clarifying | None) -> Clarifying | None:
    """The case is open again, or another's: what is under way stops, what was filed stays so."""
    if part is None:
        return None
    return _each(part, lambda one: one.model_copy(update={"stage": "stopped"}) if one.stage in UNDER_WAY else one)


def uncounted(part: Clarifying | None) -> Clarifying | None:
    """The concluded case that these were of is given up (规则17): none of them counts any longer."""
    return part and _each(part, lambda one: one if one.is_void else one.model_copy(update={"is_void": True}))


def _each(part: Clarifying, change: Callable[[Clarification], Clarification]) -> Clarifying:
    items = tuple(change(one) for one in part.items)
    is_same = all(after is before for after, before in zip(items, part.items, strict=True))
    return part if is_same else part.model_copy(update={"items": items})


def _after(one: Clarification, fact: Message) -> Clarification:
    if getattr(fact, "number", None) != one.number:
        return one
    changes: dict[str, object]
    match fact:
        case ClarificationAssessed():
            changes = {"stage": "assessed", "assessed": fact}
        case ClarificationChecked(agrees=True):
            changes = {"stage": "checked", "checked": fact}
        case ClarificationChecked():
            changes = _UNASSESSED
        case ClarificationRefused():
            changes = {"stage": "refused"}
        case ClarificationApproved():
            changes = {"stage": "approved", "approved": fact, "clock": fact.clock}
        case ClarificationReminded():
            changes = {"reminded": (*one.reminded, fact.colour.value)}
        case ClarificationOverdue():
            changes = {"overdue_on": civil_date(fact.clock.due_at)}
        case ClarificationRecounted():
            changes = {"clock": fact.after}
        case ClarificationMade():
            changes = {"stage": "made", "made": fact}
        case ClarificationFiled():
            changes = {"stage": "filed"}
        case _:
            return one
    return one.model_copy(update=changes)


_UNASSESSED: dict[str, object] = {"stage": "proposed", "assessed": None, "checked": None}
_UNAPPROVED: dict[str, object] = {"approved": None, "clock": None, "reminded": ()}


def _without(one: Clarification, actor: str) -> Clarification:
    """Somebody is tied: of what is not yet made, their word counts no longer, nor what was built on it."""
    if one.stage not in ("assessed", "checked", "approved"):
        return one
    if one.assessed is not None and actor == one.assessed.by:
        return one.model_copy(update=_UNASSESSED | _UNAPPROVED)
    if one.checked is not None and actor == one.checked.by:
        return one.model_copy(update={"stage": "assessed", "checked": None} | _UNAPPROVED)
    if one.approved is not None and actor == one.approved.by:
        return one.model_copy(update={"stage": "checked" if one.checked else "assessed"} | _UNAPPROVED)
    return one


def _counted_by(one: Clarification, calendar: str) -> Clarification:
    if one.clock is None or one.clock.calendar in (None, calendar):
        return one
    return one.model_copy(update={"clock": one.clock.model_copy(update={"calendar": calendar})})
