"""What review knows of a case: whose turn it is, and who has spoken on which version."""

from datetime import date, datetime, time
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
from xinfang_contracts.statistics import AssignmentCorrected, ResultFedBack
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.runtime.clock import ZONE, civil_date


class Handled(BaseModel):
    """What stays the same from assignment to settlement."""

    model_config = ConfigDict(frozen=True)
    traits: CaseTraits
    unit: str
    zone: str | None
    excluded: list[str]
    returned_on: list[date] = []
    acceptance: int = 1
    tracks: dict[str, bool] = Field(default={}, exclude_if=lambda tracks: not tracks)
    """Beside the discipline track: which there are, and whether each is still open."""


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
    """Every signature is there. fed_back: the petition office was told of it with its quarter (规则18)."""

    model_config = ConfigDict(frozen=True)
    status: Literal["concluded"] = "concluded"
    case: Handled
    settled: bool = False
    version: int = 1
    concluded_on: date | None = None
    outcome: Outcome | None = None
    jointly_reviewed: bool = False
    recovered_yuan: int = 0
    fed_back: bool = False
    settled_on: date | None = None


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
            returned_on = [*state.case.returned_on, civil_date(now)]
            return Awaiting(case=state.case.model_copy(update={"returned_on": returned_on}), version=fact.version + 1)
        case CaseConcluded(), UnderReview():
            return Concluded(
                case=state.case,
                version=state.version,
                concluded_on=fact.concluded_on,
                outcome=fact.outcome,
                jointly_reviewed=fact.jointly_reviewed,
                recovered_yuan=fact.recovered_yuan,
            )
        case CaseSettled(), Concluded():
            return state.model_copy(update={"settled": True, "settled_on": fact.settled_on})
        case ResultFedBack(), Concluded():
            return state.model_copy(update={"fed_back": True})
        case AssignmentCorrected(), Awaiting() | UnderReview() | Concluded():
            return state.model_copy(update={"case": state.case.model_copy(update={"traits": fact.after})})
        case TrackOpened() | TrackRecorded(), Awaiting() | UnderReview() | Concluded():
            return _tracked(state, fact)
        case _:
            return state


def _tracked(
    state: Awaiting | UnderReview | Concluded, fact: TrackOpened | TrackRecorded
) -> Awaiting | UnderReview | Concluded:
    """In whatever order they come: what has ended a track is not undone by its opening."""
    if fact.acceptance != state.case.acceptance or (fact.track in state.case.tracks and isinstance(fact, TrackOpened)):
        return state
    is_open = isinstance(fact, TrackOpened) or fact.state == "in_hand"
    if is_open and state.case.tracks.get(fact.track) is False:
        return state
    tracks = state.case.tracks | {fact.track: is_open}
    return state.model_copy(update={"case": state.case.model_copy(update={"tracks": tracks})})


def feedback_due_at(state: State) -> datetime | None:
    """When the petition office is to be told of a conclusion: as the quarter after it begins (规则18)."""
    if not isinstance(state, Concluded) or state.concluded_on is None or state.fed_back:
        return None
    year, first_month = state.concluded_on.year, (state.concluded_on.month - 1) // 3 * 3 + 4
    return datetime.combine(date(year + first_month // 13, (first_month - 1) % 12 + 1, 1), time.min, ZONE)


def _handled(fact: CaseAssigned) -> Handled:
    return Handled(
        traits=fact.traits, unit=fact.unit, zone=fact.zone, excluded=fact.excluded, acceptance=fact.acceptance
    )
