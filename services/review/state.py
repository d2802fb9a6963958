"""What review knows of a case: whose turn it is, and who has spoken on which version."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.after import CaseReopened, SettlementEnded
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.returning import MaterialAdded
from xinfang_contracts.review import (
    CaseConcluded,
    CaseSettled,
    OpinionGiven,
    OpinionOverdue,
    OpinionsAsked,
    Outcome,
    ReportReturned,
    ReportSubmitted,
    ReturnReason,
)
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn
from xinfang_contracts.signing import Link
from xinfang_contracts.statistics import AssignmentCorrected, ResultFedBack, ReturnedReport
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.runtime.clock import civil_date

from .after.state import After
from .after.state import evolve as evolve_after
from .clarifying.state import Clarifying, clarifying_after, halted, uncounted
from .joint.state import Asked, CaseRecounted, Found, asked_with, found_in, heard_without, voices_after
from .quality.state import Quality, begun_anew, quality_after, without_files
from .signing.trail import Trail, trail_after


class Handled(BaseModel):
    """What stays the same from one version to the next.

    returned_on: reports of this unit's that went back; returned_before: of units that had it earlier; move: how often
    routing has moved the case.
    """

    model_config = ConfigDict(frozen=True)
    traits: CaseTraits
    unit: str
    zone: str | None
    excluded: list[str]
    returned_on: list[date] = Field(default_factory=list)
    returned_before: list[ReturnedReport] = Field(default_factory=list, exclude_if=lambda before: not before)
    acceptance: int = 1
    move: int = Field(default=0, exclude_if=lambda move: move == 0)
    tracks: dict[str, bool] = Field(default_factory=dict, exclude_if=lambda tracks: not tracks)
    """Beside the discipline track: which there are, and whether each is still open."""
    ends: dict[str, str] = Field(default_factory=dict, exclude_if=lambda ends: not ends)
    """How those that are open no more have ended."""
    trail: Trail | None = Field(default=None, exclude_if=lambda trail: trail is None)
    after: After | None = Field(default=None, exclude_if=lambda after: after is None)
    clarifying: Clarifying | None = Field(default=None, exclude_if=lambda part: part is None)
    quality: Quality | None = Field(default=None, exclude_if=lambda part: part is None)


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
    given: list[str] = Field(default_factory=list)
    persons: dict[str, str] = Field(default_factory=dict, exclude_if=lambda persons: not persons)
    """Who has signed for each of them."""
    report: DocumentRef | None = Field(default=None, exclude_if=lambda report: report is None)
    submitted: Link | None = Field(default=None, exclude_if=lambda link: link is None)
    """Of the version's submission: whoever steps in late signs over it too."""
    attachments: list[DocumentRef] = Field(default_factory=list, exclude_if=lambda attachments: not attachments)
    found: Found | None = Field(default=None, exclude_if=lambda found: found is None)
    asked: dict[str, Asked] = Field(default_factory=dict, exclude_if=lambda asked: not asked)
    """Whose turn it is, since when and by when."""
    calendar: str = Field(default="", exclude_if=lambda calendar: not calendar)
    """By which the days of those asked were counted."""


class Concluded(BaseModel):
    """Every signature is there. fed_back: the petition office was told of it with its quarter (规则18).

    given_up: the petition had gone back before it was heard of: it is decided anew, and this is not reopened.
    """

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
    found: Found | None = Field(default=None, exclude_if=lambda found: found is None)
    returned_for: tuple[ReturnReason, ...] = Field(default=(), exclude_if=lambda reasons: not reasons)
    given_up: bool = Field(default=False, exclude_if=lambda given_up: not given_up)


class Withdrawn(BaseModel):
    """The petition went back to the petition office. ``version``: the next report's, should it become a case again."""

    model_config = ConfigDict(frozen=True)
    status: Literal["withdrawn"] = "withdrawn"
    case: Handled
    version: int


class Above(BaseModel):
    """With the common superior. ``version``: the next report's, should it come back to a unit."""

    model_config = ConfigDict(frozen=True)
    status: Literal["above"] = "above"
    case: Handled
    version: int


ReviewCase = Annotated[Awaiting | UnderReview | Concluded | Withdrawn | Above, Field(discriminator="status")]
State = Awaiting | UnderReview | Concluded | Withdrawn | Above | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The case after a fact: its life, then its chain, then what hangs on it and outlives its moves."""
    after = _life_after(state, fact, now)
    if after is None:
        return None
    clarifying = clarifying_after(None if state is None else state.case.clarifying, fact)
    quality = quality_after(None if state is None else state.case.quality, fact)
    if isinstance(state, Concluded) and not isinstance(after, Concluded):
        clarifying = halted(clarifying)
    if state is not None and after.case.acceptance != state.case.acceptance:
        quality = begun_anew(quality)
    if isinstance(after, Withdrawn) and state is not None and state.case.after and state.case.after.conclusions:
        # All that was said of its conclusions was taken back: a later correction would take it back once more.
        clarifying, quality = uncounted(clarifying), without_files(quality)
    # Whoever comes back before there is a result comes to a case in hand: in whatever order that and the case's
    # assignment are heard, nothing follows from it here.
    is_early = isinstance(fact, RepeatLinked | MaterialAdded) and not isinstance(state, Concluded)
    parts = {
        "trail": trail_after(after.case.trail, fact),
        "after": after.case.after if is_early else evolve_after(after.case.after, fact, now),
        "clarifying": clarifying,
        "quality": quality,
    }
    changed = {name: part for name, part in parts.items() if part is not getattr(after.case, name)}
    return after.model_copy(update={"case": after.case.model_copy(update=changed)}) if changed else after


def _life_after(state: State, fact: Message, now: datetime) -> State:
    match fact, state:
        case CaseAssigned(), None:
            return Awaiting(case=_handled(fact), version=1)
        case CaseAssigned(), Withdrawn() if fact.acceptance > state.case.acceptance:
            return Awaiting(case=_handled(fact, state.case), version=state.version)
        case CaseAssigned(), Concluded() if fact.acceptance > state.case.acceptance:
            return Awaiting(case=_handled(fact, state.case), version=state.version + 1)
        case ((CaseReassigned() | CaseSentUp()), _) if is_next(state, fact):
            return _moved(state, fact)
        case TieDeclared(), (Awaiting() | UnderReview() | Concluded() | Withdrawn() | Above()):
            return without(state, fact.actor)
        case CaseWithdrawn(), (Awaiting() | Above()) if fact.acceptance == state.case.acceptance:
            return Withdrawn(case=_given_up(state.case), version=state.version)
        case CaseWithdrawn(), UnderReview() if fact.acceptance == state.case.acceptance:
            return Withdrawn(case=_given_up(state.case), version=state.version + 1)
        case CaseWithdrawn(), Concluded() if fact.acceptance == state.case.acceptance and not state.given_up:
            return state.model_copy(update={"given_up": True})
        case ReportSubmitted(), Awaiting():
            return UnderReview(
                case=state.case,
                version=fact.version,
                outcome=fact.outcome,
                recovered_yuan=fact.recovered_yuan,
                report=fact.report,
                submitted=fact.link,
                attachments=fact.attachments,
                found=found_in(fact),
                asked=asked_with({}, fact.asking, now),
                calendar=fact.asking.calendar if fact.asking else "",
            )
        case ((OpinionGiven() | OpinionsAsked() | OpinionOverdue() | CaseRecounted()), UnderReview()):
            return state.model_copy(update=voices_after(state, fact, now))
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
                found=state.found,
                returned_for=tuple(fact.returned_for),
            )
        case CaseSettled(), Concluded():
            return state.model_copy(update={"settled": True, "settled_on": fact.settled_on})
        case SettlementEnded(), Concluded():
            return state.model_copy(update={"settled": False, "settled_on": None})
        case CaseReopened(), Concluded():
            return Awaiting(case=state.case, version=state.version + 1)
        case ResultFedBack(), Concluded():
            return state.model_copy(update={"fed_back": True})
        case AssignmentCorrected(), Awaiting() | UnderReview() | Concluded() | Above():
            return state.model_copy(update={"case": state.case.model_copy(update={"traits": fact.after})})
        case TrackOpened() | TrackRecorded(), Awaiting() | UnderReview() | Concluded() | Above():
            return _tracked(state, fact)
        case _:
            return state


def _tracked(
    state: Awaiting | UnderReview | Concluded | Above, fact: TrackOpened | TrackRecorded
) -> Awaiting | UnderReview | Concluded | Above:
    """In whatever order they come: what has ended a track is not undone by its opening."""
    if fact.acceptance != state.case.acceptance or (fact.track in state.case.tracks and isinstance(fact, TrackOpened)):
        return state
    is_open = isinstance(fact, TrackOpened) or fact.state == "in_hand"
    if is_open and state.case.tracks.get(fact.track) is False:
        return state
    changes: dict[str, object] = {"tracks": state.case.tracks | {fact.track: is_open}}
    if not is_open and isinstance(fact, TrackRecorded):
        changes["ends"] = state.case.ends | {fact.track: fact.state}
    return state.model_copy(update={"case": state.case.model_copy(update=changes)})


def _given_up(case: Handled) -> Handled:
    """Its returns were taken back: a later correction has nothing of it to move."""
    return case.model_copy(update={"returned_on": [], "returned_before": [], "after": None})


def returns_of(case: Handled) -> dict[str, list[date]]:
    """The days on which reports were returned, by the unit whose they were; none without any."""
    found: dict[str, list[date]] = {}
    for one in case.returned_before:
        found.setdefault(one.unit, []).append(one.on)
    if case.returned_on:
        found.setdefault(case.unit, []).extend(case.returned_on)
    return found


def is_next(state: State, fact: CaseReassigned | CaseSentUp) -> bool:
    """Whether a move is newer than what is known, in whatever order moves are heard. What is concluded is over.

    A case that went up before any unit had it is no business of review's.
    """
    if state is None:
        return isinstance(fact, CaseReassigned) or fact.move > 0
    if isinstance(state, Concluded | Withdrawn):
        return fact.acceptance > state.case.acceptance
    return (fact.acceptance, fact.move) > (state.case.acceptance, state.case.move)


def _moved(state: State, fact: CaseReassigned | CaseSentUp) -> State:
    """The case goes to other hands; a report that is under review falls, its number is used up."""
    version = next_version(state)
    earlier = state.case if state is not None and fact.acceptance == state.case.acceptance else None
    before = [*earlier.returned_before] if earlier else []
    is_same_unit = isinstance(fact, CaseReassigned) and earlier is not None and earlier.unit == fact.unit
    if earlier is not None and not is_same_unit:
        before += [ReturnedReport(unit=earlier.unit, on=on) for on in earlier.returned_on]
    excluded = sorted({*fact.excluded, *(earlier.excluded if earlier else [])})
    case = Handled(
        traits=fact.traits,
        unit=fact.unit if isinstance(fact, CaseReassigned) else fact.superior,
        zone=fact.zone if isinstance(fact, CaseReassigned) else None,
        excluded=excluded,
        returned_on=earlier.returned_on if earlier is not None and is_same_unit else [],
        returned_before=before,
        acceptance=fact.acceptance,
        move=fact.move,
        tracks=earlier.tracks if earlier else {},
        ends=earlier.ends if earlier else {},
        trail=None if state is None else state.case.trail,
        after=earlier.after if earlier else None,
    )
    if isinstance(fact, CaseSentUp):
        return Above(case=case, version=version)
    if is_same_unit and isinstance(state, UnderReview):
        # Other hands beside the same unit: its report stands, without the voice of whoever is newly excluded.
        return state.model_copy(update={"case": case, **heard_without(state, excluded)})
    return Awaiting(case=case, version=version)


def next_version(state: State) -> int:
    """The number of the next report."""
    if state is None:
        return 1
    return state.version + 1 if isinstance(state, UnderReview | Concluded) else state.version


def without(state: Awaiting | UnderReview | Concluded | Withdrawn | Above, actor: str) -> State:
    """One more has no part; what they have said on the running version no longer counts."""
    case = state.case.model_copy(update={"excluded": sorted({*state.case.excluded, actor})})
    changed = heard_without(state, [actor]) if isinstance(state, UnderReview) else {}
    return state.model_copy(update={"case": case, **changed})


def _handled(fact: CaseAssigned, earlier: Handled | None = None) -> Handled:
    """Whoever was tied before stays tied: they may have been since this was said."""
    return Handled(
        traits=fact.traits,
        unit=fact.unit,
        zone=fact.zone,
        excluded=sorted({*fact.excluded, *earlier.excluded}) if earlier else fact.excluded,
        acceptance=fact.acceptance,
        trail=earlier.trail if earlier else None,
    )
