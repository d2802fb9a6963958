"""What routing remembers of a case to choose its hands anew. A part of its state, with how facts change it."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.handling import AssignmentObjected, CaseReassigned, TieDeclared
from xinfang_contracts.intake import CaseTraits, PetitionAccepted
from xinfang_contracts.message import Message
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, Mode
from xinfang_contracts.statistics import AssignmentCorrected

from services.runtime.clock import civil_date

DESIGNATED = "designated"
"""The rule by which a superior's word chose the unit (监察法17)."""


def _is_empty(value: Any) -> bool:
    return not value


class Given(BaseModel):
    """What the choice rests on: as the acceptance had it, corrections included."""

    model_config = ConfigDict(frozen=True)
    traits: CaseTraits
    responsible_unit: str | None = Field(default=None, exclude_if=_is_empty)
    accused_unit: str | None = Field(default=None, exclude_if=_is_empty)
    people: int | None = Field(default=None, exclude_if=_is_empty)
    amount_yuan: int | None = Field(default=None, exclude_if=_is_empty)
    urgent: bool = Field(default=False, exclude_if=_is_empty)


class Lapsed(BaseModel):
    """Who had the case when its clock ran out, and on which day; that stays theirs."""

    model_config = ConfigDict(frozen=True)
    unit: str
    zone: str | None = None
    on: date


class Hands(BaseModel):
    """Who has a part in a case, and who may not.

    given: None in what was assigned before this was kept; excluded: the tied; objected: units that gave it back;
    move: how often it was moved; mode, rule: of who has it now; since: since when, where it is not the first; lapsed:
    who let its clock run out; reopenings: how often it was reopened after a conclusion.
    """

    model_config = ConfigDict(frozen=True)
    given: Given | None = Field(default=None, exclude_if=_is_empty)
    excluded: list[str] = Field(default=[], exclude_if=_is_empty)
    objected: list[str] = Field(default=[], exclude_if=_is_empty)
    bounces: int = Field(default=0, exclude_if=_is_empty)
    move: int = Field(default=0, exclude_if=_is_empty)
    mode: Mode | None = Field(default=None, exclude_if=_is_empty)
    rule: str | None = Field(default=None, exclude_if=_is_empty)
    since: datetime | None = Field(default=None, exclude_if=_is_empty)
    assisting: list[str] = Field(default=[], exclude_if=_is_empty)
    lead: str | None = Field(default=None, exclude_if=_is_empty)
    lapsed: Lapsed | None = Field(default=None, exclude_if=_is_empty)
    reopenings: int = Field(default=0, exclude_if=_is_empty)


def given_by(accepted: PetitionAccepted) -> Given:
    """What an acceptance gives to choose by."""
    return Given(
        traits=accepted.traits,
        responsible_unit=accepted.responsible_unit,
        accused_unit=accepted.accused_unit,
        people=accepted.people,
        amount_yuan=accepted.amount_yuan,
        urgent=accepted.urgent,
    )


def begun(given: Given | None, fact: CaseAssigned) -> Hands:
    """The hands of a case that has just been assigned."""
    return Hands(
        given=given,
        excluded=fact.excluded,
        mode=fact.mode,
        rule=fact.rule,
        assisting=fact.assisting,
        lead=fact.lead,
    )


def evolve(hands: Hands, fact: Message, now: datetime) -> Hands:
    """The hands after a fact; the same object where it does not concern them."""
    match fact:
        case CaseReassigned():
            # Other helpers beside the same unit are no new assignment to object to.
            is_same = fact.before == fact.unit
            return hands.model_copy(
                update={
                    "excluded": fact.excluded,
                    "mode": fact.mode,
                    "rule": fact.rule,
                    "since": hands.since if is_same else now,
                    "assisting": fact.assisting,
                    "lead": fact.lead,
                    "move": fact.move,
                }
            )
        case CaseSentUp():
            nobody: dict[str, Any] = {"mode": None, "rule": fact.rule, "since": None, "assisting": [], "lead": None}
            return hands.model_copy(update=nobody | {"excluded": fact.excluded, "move": fact.move})
        case TieDeclared():
            return hands.model_copy(update={"excluded": sorted({*hands.excluded, fact.actor})})
        case AssignmentObjected():
            objected = sorted({*hands.objected, fact.unit})
            return hands.model_copy(update={"objected": objected, "bounces": fact.bounces})
        case CaseOverdue():
            lapsed = Lapsed(unit=fact.unit, zone=fact.zone, on=civil_date(fact.clock.due_at))
            return hands.model_copy(update={"lapsed": lapsed})
        case AssignmentCorrected() if hands.given is not None:
            return hands.model_copy(update={"given": hands.given.model_copy(update={"traits": fact.after})})
        case _:
            return hands


def at_the_end(hands: Hands) -> Hands:
    """What is left of them once no unit handles the case: who may not read it, and who was late."""
    return Hands(excluded=hands.excluded, move=hands.move, lapsed=hands.lapsed, reopenings=hands.reopenings)
