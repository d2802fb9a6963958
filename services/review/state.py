"""What review knows of a case: whose turn it is, and who has spoken on which version."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import Message
from xinfang_contracts.review import (
    CaseConcluded,
    CaseSettled,
    OpinionGiven,
    Outcome,
    ReportReturned,
    ReportSubmitted,
)
from xinfang_contracts.routing import CaseAssigned, CaseWithdrawn


class Handled(BaseModel):
    """What stays the same from assignment to settlement."""

    model_config = ConfigDict(frozen=True)
    traits: CaseTraits
    unit: str
    zone: str | None
    excluded: list[str]
    acceptance: int = 1


class Awaiting(BaseModel):
    """The unit works; ``version`` is the report it will hand in next."""

    model_config = ConfigDict(frozen=True)
    status: Literal["awaiting"] = "awaiting"
    case: Handled
    version: int


class UnderReview(BaseModel):
    """A version goes through the chain; ``given`` are those who have agreed to it."""

    model_config = ConfigDict(frozen=True)
    status: Literal["under_review"] = "under_review"
    case: Handled
    version: int
    outcome: Outcome
    recovered_yuan: int = 0
    given: list[str] = []


class Concluded(BaseModel):
    """Every signature is there."""

    model_config = ConfigDict(frozen=True)
    status: Literal["concluded"] = "concluded"
    case: Handled
    settled: bool = False
    version: int = 1


class Withdrawn(BaseModel):
    """The petition went back to the petition office. ``version``: the next report's, should it become a case again."""

    model_config = ConfigDict(frozen=True)
    status: Literal["withdrawn"] = "withdrawn"
    case: Handled
    version: int


ReviewCase = Annotated[Awaiting | UnderReview | Concluded | Withdrawn, Field(discriminator="status")]
State = Awaiting | UnderReview | Concluded | Withdrawn | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The case after a fact."""
    match fact, state:
        case CaseAssigned(), None:
            return Awaiting(case=_handled(fact), version=1)
        case CaseAssigned(), Withdrawn() if fact.acceptance > state.case.acceptance:
            return Awaiting(case=_handled(fact), version=state.version)
        case CaseAssigned(), Concluded() if fact.acceptance > state.case.acceptance:
            return Awaiting(case=_handled(fact), version=state.version + 1)
        case CaseWithdrawn(), Awaiting() if fact.acceptance == state.case.acceptance:
            return Withdrawn(case=state.case, version=state.version)
        case CaseWithdrawn(), UnderReview() if fact.acceptance == state.case.acceptance:
            return Withdrawn(case=state.case, version=state.version + 1)
        case ReportSubmitted(), Awaiting():
            return UnderReview(
                case=state.case, version=fact.version, outcome=fact.outcome, recovered_yuan=fact.recovered_yuan
            )
        case OpinionGiven(), UnderReview():
            return state.model_copy(update={"given": [*state.given, fact.actor]})
        case ReportReturned(), UnderReview():
            return Awaiting(case=state.case, version=fact.version + 1)
        case CaseConcluded(), UnderReview():
            return Concluded(case=state.case, version=state.version)
        case CaseSettled(), Concluded():
            return state.model_copy(update={"settled": True})
        case _:
            return state


def _handled(fact: CaseAssigned) -> Handled:
    return Handled(
        traits=fact.traits, unit=fact.unit, zone=fact.zone, excluded=fact.excluded, acceptance=fact.acceptance
    )
