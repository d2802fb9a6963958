"""What intake knows of a petition outside the vault, as a union of shapes: what cannot be cannot be written.

An empty default is made by its class: pydantic copies one that is given, in ten times the time.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.after import CaseReopened
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.intake import (
    CaseTraits,
    PetitionAccepted,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    PetitionSealed,
    Traits,
)
from xinfang_contracts.message import Message
from xinfang_contracts.outside import ReferralAnswered, SuperiorDecided, Transfer, TransferOverdue
from xinfang_contracts.pressing import LeaderNamed, SupervisionLetterIssued
from xinfang_contracts.quality import FileSampled
from xinfang_contracts.repeats import PetitionJoined
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp
from xinfang_contracts.screening import (
    PetitionMarked,
    PetitionReturned,
    PetitionTransferredDown,
    ReferralOverdue,
    ReferralReturned,
    ReferralStepTaken,
    ReporterVerified,
    ReturnGround,
    ReturnRefused,
    ReturnRequested,
    TransferTaken,
)
from xinfang_contracts.sealed import HandOverOverdue, SealedHandedOver, SealedReportedUp, UpReportOverdue
from xinfang_contracts.statistics import TraitsCorrected
from xinfang_contracts.vault import ErasureApproved, ErasureDue, ErasureProposed, Ground, PetitionErased

from services.runtime.clock import civil_date

from .notices.standing import NoticeState, next_due

Verified = Literal["confirmed", "denied", "unreachable", "mismatch"]


class Question(BaseModel):
    """A question to the reporter; its words are in the vault."""

    model_config = ConfigDict(frozen=True)
    asked_at: datetime
    answered: bool = False


class Exchange(BaseModel):
    """What has passed between the reporter and the organ since. ``questions``: by the document that holds each."""

    model_config = ConfigDict(frozen=True)
    questions: dict[str, Question] = Field(default_factory=dict)
    materials: int = 0


class Returnable(BaseModel):
    """A petition to which its reporter can come back. Stored only when there was an exchange at all."""

    model_config = ConfigDict(frozen=True)
    exchange: Exchange | None = Field(default=None, exclude_if=lambda exchange: exchange is None)


class Undone(BaseModel):
    """An acceptance that was returned: by what that is counted."""

    model_config = ConfigDict(frozen=True)
    traits: CaseTraits
    returned_on: date


class Verifiable(Returnable):
    """A petition of which it may be asked who reported it, and what it repeats.

    verified: what came of that; accepted: how often it was accepted, with what was returned since; repeats: what a
    person decided, by the earlier petition; notices: to the reporter, by their ids, also after a return; linked: the
    repeats of this one, of which its handler is to know; returns: acceptances that were returned.
    """

    verified: Verified | None = Field(default=None, exclude_if=lambda verified: verified is None)
    accepted: int = Field(default=0, exclude_if=lambda accepted: accepted == 0)
    repeats: dict[str, Literal["confirmed", "multi_head", "rejected"]] = Field(
        default_factory=dict, exclude_if=lambda repeats: not repeats
    )
    notices: dict[str, NoticeState] = Field(default_factory=dict, exclude_if=lambda notices: not notices)
    linked: list[str] = Field(default_factory=list, exclude_if=lambda linked: not linked)
    returns: list[Undone] = Field(default_factory=list, exclude_if=lambda returns: not returns)


class Registered(Verifiable):
    """Has its number, waits to be screened. ``tied``: codes that its content excludes, without the reason.

    due_at: by when what a superior handed down is to be screened, since: the day that this counts from; overdue: it was
    not, and that was said.
    """

    status: Literal["registered"] = "registered"
    traits: Traits
    tied: list[str] = Field(default_factory=list)
    transfer: Transfer | None = None
    due_at: datetime | None = None
    since: date | None = Field(default=None, exclude_if=lambda since: since is None)
    overdue: bool = False


class Erasure(BaseModel):
    """An erasure that was proposed, and who has agreed."""

    model_config = ConfigDict(frozen=True)
    ground: Ground
    basis: str
    by: str
    approved: list[str] = Field(default_factory=list)


class FollowUp(BaseModel):
    """A referral or a transfer down that waits for its answer; ``due_at`` None: nobody is reminded any more.

    since: the day that this counts from; times: how often it was overdue; steps: what the office has done about it, the
    newest last.
    """

    model_config = ConfigDict(frozen=True)
    referred_on: date
    due_at: datetime | None = None
    since: date | None = Field(default=None, exclude_if=lambda since: since is None)
    times: int = 0
    steps: list[str] = Field(default_factory=list)


class ReturnAsked(BaseModel):
    """A return to the petition office that waits for the leader."""

    model_config = ConfigDict(frozen=True)
    office: str
    ground: ReturnGround


class Screened(Verifiable):
    """Decided: accepted, referred, declined or kept on file.

    traits: CaseTraits when it was accepted; receiver, answer: whom it was referred to, and what that organ said last;
    ground: why it was declined; unit: who handles it (or the superior it was sent up to), once routing has said so;
    excluded: may not handle, review or read; above_since: a superior has it: sent up, taken up, or since the superior's
    last decision; ended_at: decided without a case, or its case concluded; expired: the retention's end was said;
    follow_up: of a referral or a transfer down; return_asked: back to the petition office; accused_unit: of an accepted
    one, where it is known; beside: who helps the unit or leads it; leader: who of the leadership owns the case
    (领导包案); move: how often routing has moved the case; letters: supervision letters by document, and to whom;
    reopenings: how often review has reopened it.
    """

    status: Literal["accepted", "referred", "declined", "kept_on_file"]
    traits: CaseTraits | Traits
    screened_at: datetime
    transfer: Transfer | None = None
    receiver: str | None = None
    answer: Literal["taken", "returned", "answered"] | None = None
    ground: str | None = None
    unit: str | None = None
    excluded: list[str] = Field(default_factory=list)
    above_since: datetime | None = None
    ended_at: datetime | None = None
    concluded_on: date | None = None
    erasure: Erasure | None = None
    expired: bool = False
    follow_up: FollowUp | None = Field(default=None, exclude_if=lambda follow_up: follow_up is None)
    return_asked: ReturnAsked | None = Field(default=None, exclude_if=lambda asked: asked is None)
    accused_unit: str | None = Field(default=None, exclude_if=lambda unit: unit is None)
    beside: list[str] = Field(default_factory=list, exclude_if=lambda beside: not beside)
    leader: str | None = Field(default=None, exclude_if=lambda leader: leader is None)
    move: int = Field(default=0, exclude_if=lambda move: move == 0)
    letters: dict[str, str] = Field(default_factory=dict, exclude_if=lambda letters: not letters)
    sampled_for: list[str] = Field(default_factory=list, exclude_if=lambda actors: not actors)
    """Who reviews its file's quality, and has to read it for that."""
    reopenings: int = Field(default=0, exclude_if=lambda reopenings: reopenings == 0)


class ReportedUp(BaseModel):
    """What the principal has reported up, as far as it may be known here."""

    model_config = ConfigDict(frozen=True)
    superior: str
    digest: str
    reported_at: datetime
    hand_over_due_at: datetime | None = None
    handed_over_at: datetime | None = None
    reminded: bool = False


class Sealed(Returnable):
    """Went to its one reader; here only the envelope is left.

    digest: of what was sealed; handed_over_at: when the reader said that it has it; hand_over_due_at: by when it was to
    say so; reminded: it has not, and was told; due_at: by when the principal is to report it up; overdue: it was not,
    and that was said.
    """

    status: Literal["sealed"] = "sealed"
    reader: str
    received_at: datetime
    digest: str | None = None
    hand_over_due_at: datetime | None = None
    handed_over_at: datetime | None = None
    reminded: bool = False
    due_at: datetime | None = None
    overdue: bool = False
    up: ReportedUp | None = None


class Erased(BaseModel):
    """Destroyed: the number and the day are left."""

    model_config = ConfigDict(frozen=True)
    status: Literal["erased"] = "erased"
    erased_on: date


Petition = Annotated[Registered | Screened | Sealed | Erased, Field(discriminator="status")]
State = Registered | Screened | Sealed | Erased | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The petition after one of intake's own facts, or after what routing and review have said of its case."""
    match fact:
        case PetitionRegistered():
            return Registered(
                traits=fact.traits,
                tied=fact.excluded,
                transfer=fact.transfer,
                due_at=fact.due_at,
                since=civil_date(now) if fact.due_at else None,
            )
        case PetitionSealed():
            return Sealed(**fact.model_dump(exclude={"petition"}))
        case PetitionAccepted():
            tied = {*fact.excluded, *([fact.accused_unit] if fact.accused_unit else [])}
            return Screened(
                status="accepted",
                traits=fact.traits,
                screened_at=now,
                transfer=fact.transfer,
                excluded=sorted(tied),
                verified=_verified(state),
                accepted=fact.acceptance,
                notices=_notices(state),
                returns=_returns(state),
                accused_unit=fact.accused_unit,
            )
        case PetitionReferred():
            ended = _ended("referred", state, fact.traits, now)
            follow_up = _waiting(fact.due_at, now)
            return ended.model_copy(update={"receiver": fact.receiver, "follow_up": follow_up})
        case PetitionTransferredDown():
            ended = _ended("referred", state, fact.traits, now)
            follow_up = _waiting(fact.due_at, now)
            return ended.model_copy(update={"receiver": fact.unit, "unit": fact.unit, "follow_up": follow_up})
        case PetitionReturned() | PetitionJoined() if isinstance(state, Screened):
            base = Traits.model_validate(fact.traits.model_dump(include=set(Traits.model_fields)))
            return Registered(
                traits=base,
                tied=state.excluded,
                transfer=state.transfer,
                verified=state.verified,
                accepted=fact.acceptance,
                notices=state.notices,
                returns=state.returns,
            )
        case ReporterVerified() if isinstance(state, Registered | Screened):
            return state.model_copy(update={"verified": fact.outcome})
        case PetitionMarked() if isinstance(state, Registered | Screened):
            return state.model_copy(update={"traits": _marked(state.traits, fact)})
        case PetitionDeclined():
            ended = _ended("declined", state, fact.traits, now)
            return ended.model_copy(update={"ground": fact.ground})
        case PetitionKeptOnFile():
            return _ended("kept_on_file", state, fact.traits, now)
        case TieDeclared() if isinstance(state, Registered):
            return state.model_copy(update={"tied": sorted({*state.tied, fact.actor})})
        case PetitionErased():
            return Erased(erased_on=fact.erased_on)
        case TraitsCorrected() if isinstance(state, Registered | Screened):
            return state.model_copy(update={"traits": fact.after})
        case TransferOverdue() if isinstance(state, Registered):
            return state.model_copy(update={"overdue": True})
        case SealedHandedOver() | SealedReportedUp() | UpReportOverdue() | HandOverOverdue() if isinstance(
            state, Sealed
        ):
            return _moved(state, fact)
        case _:
            return _learned(state, fact, now) if isinstance(state, Screened) else state


def to_screen(state: State) -> bool | None:
    """Whether it waits for the petition office; None when it does not, so that it stands in no index."""
    return True if isinstance(state, Registered) else None


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    match state:
        case Registered(overdue=False):
            return state.due_at
        case Sealed():
            waits = [up_report_due(state), *(until for _, until in unconfirmed(state))]
            return min((one for one in waits if one is not None), default=None)
        case Screened(follow_up=FollowUp(due_at=due)):
            return due
        case _:
            return None


def up_report_due(state: Sealed) -> datetime | None:
    """By when the principal is to report it up; None when that is done, is no duty, or its neglect was said."""
    return None if state.overdue or state.up is not None else state.due_at


def unconfirmed(state: Sealed) -> list[tuple[str, datetime]]:
    """Who has not said to have it and was not reminded, and by when it was to; who reports up has had it."""
    waits: Sealed | ReportedUp = state.up or state
    if waits.handed_over_at is not None or waits.reminded or waits.hand_over_due_at is None:
        return []
    return [(waits.superior if isinstance(waits, ReportedUp) else waits.reader, waits.hand_over_due_at)]


def retained_since(state: State) -> datetime | None:
    """Since when the retention period runs; None while it does not, and once its end was said."""
    return kept_since(state) if isinstance(state, Screened) and not state.expired else None


def kept_since(state: Screened) -> datetime | None:
    """What the retention period is counted from: its end or when it went to a superior, whichever came last.

    For what goes up no end is ever heard of here: without this it could never be erased. What is not screened has
    neither, and is kept: nobody has yet looked at what would be destroyed.
    """
    return max(filter(None, (state.ended_at, state.above_since)), default=None)


def notice_due_at(state: State) -> datetime | None:
    """When the next notice to the reporter will be overdue; None when none will."""
    return next_due(state.notices) if isinstance(state, Screened) else None


def _ended(
    status: Literal["referred", "declined", "kept_on_file"], state: State, traits: Traits, now: datetime
) -> Screened:
    tied, transfer = (state.tied, state.transfer) if isinstance(state, Registered) else ([], None)
    return Screened(
        status=status,
        traits=traits,
        screened_at=now,
        transfer=transfer,
        excluded=tied,
        ended_at=now,
        verified=_verified(state),
        accepted=state.accepted if isinstance(state, Registered) else 0,
        notices={id_: one for id_, one in _notices(state).items() if not one.is_open},
        returns=_returns(state),
    )


def _waiting(due_at: datetime | None, now: datetime) -> FollowUp:
    return FollowUp(referred_on=civil_date(now), due_at=due_at, since=civil_date(now) if due_at else None)


def _notices(state: State) -> dict[str, NoticeState]:
    return state.notices if isinstance(state, Registered | Screened) else {}


def _returns(state: State) -> list[Undone]:
    return state.returns if isinstance(state, Verifiable) else []


def _verified(state: State) -> Verified | None:
    return state.verified if isinstance(state, Registered | Screened) else None


def _marked(traits: Traits, fact: PetitionMarked) -> Traits:
    marks = {"skip_level": fact.skip_level, "visitors": fact.visitors}
    return traits.model_copy(update={name: mark for name, mark in marks.items() if mark is not None})


def _learned(state: Screened, fact: Message, now: datetime) -> Registered | Screened:
    """What a decided petition becomes."""
    match fact:
        case ReferralReturned():
            return Registered(
                traits=fact.traits,
                tied=state.excluded,
                transfer=state.transfer,
                verified=state.verified,
                accepted=state.accepted,
                notices=state.notices,
                returns=state.returns,
            )
        case ReferralAnswered():
            # Taken is no answer yet: what becomes of it is still looked for.
            answered = state.model_copy(update={"answer": fact.outcome})
            return answered if fact.outcome == "taken" else _unwatched(answered)
        case TransferTaken(passed_to=None):
            return _unwatched(state.model_copy(update={"answer": "taken"}))
        case TransferTaken():
            waits = {"due_at": fact.due_at, "since": fact.on}
            follow_up = state.follow_up and state.follow_up.model_copy(update=waits)
            return state.model_copy(update={"receiver": fact.passed_to, "unit": fact.passed_to, "follow_up": follow_up})
        case ReferralOverdue() | ReferralStepTaken() if state.follow_up is not None:
            return _followed(state, state.follow_up, fact, now)
        case ReturnRequested():
            return state.model_copy(update={"return_asked": ReturnAsked(office=fact.office, ground=fact.ground)})
        case ReturnRefused():
            return state.model_copy(update={"return_asked": None})
        case CaseAssigned() | CaseReassigned() | CaseSentUp():
            return _handed(state, fact, now)
        case TieDeclared():
            return state.model_copy(update={"excluded": sorted({*state.excluded, fact.actor})})
        case LeaderNamed():
            return state.model_copy(update={"leader": fact.leader})
        case FileSampled():
            return state.model_copy(update={"sampled_for": sorted({*state.sampled_for, fact.reviewer})})
        case SupervisionLetterIssued():
            return state.model_copy(update={"letters": state.letters | {fact.letter.document: fact.to}})
        case SuperiorDecided(approved=True) if fact.matter == "take_up" or state.above_since is not None:
            return _above(state, now)
        case CaseConcluded() if is_of(state, fact) and fact.reopenings >= state.reopenings:
            ended = {"ended_at": now, "concluded_on": fact.concluded_on, "reopenings": fact.reopenings}
            return state.model_copy(update=ended)
        case CaseReopened() if state.status == "accepted" and fact.times > state.reopenings:
            # Nothing of it may be destroyed while it is handled; its retention begins anew with its next end.
            again = {"ended_at": None, "expired": False, "erasure": None, "reopenings": fact.times}
            return state.model_copy(update=again)
        case ErasureProposed():
            erasure = Erasure(ground=fact.ground, basis=fact.basis, by=fact.by)
            return state.model_copy(update={"erasure": erasure})
        case ErasureApproved() if state.erasure is not None:
            approved = [*state.erasure.approved, fact.by]
            return state.model_copy(update={"erasure": state.erasure.model_copy(update={"approved": approved})})
        case ErasureDue():
            return state.model_copy(update={"expired": True})
        case _:
            return state


def is_of(state: Screened, fact: CaseConcluded) -> bool:
    """Whether a conclusion is of this acceptance's case; one that does not say of which is of whichever there is."""
    return fact.acceptance in (None, max(state.accepted, 1))


def _handed(state: Screened, fact: CaseAssigned | CaseReassigned | CaseSentUp, now: datetime) -> Screened:
    """In whose hands it is: the newest move counts, in whatever order they are heard."""
    move = 0 if isinstance(fact, CaseAssigned) else fact.move
    excluded = sorted({*state.excluded, *fact.excluded})
    if fact.acceptance < state.accepted or (fact.acceptance == state.accepted and move < state.move):
        return state.model_copy(update={"excluded": excluded})
    if isinstance(fact, CaseSentUp):
        hands: dict[str, object] = {"unit": fact.superior, "beside": []}
        after = _above(state, now)
    else:
        hands = {"unit": fact.unit, "beside": [*fact.assisting, *([fact.lead] if fact.lead else [])]}
        after = _above(state, None)
    return after.model_copy(update=hands | {"move": move, "excluded": excluded})


def _above(state: Screened, since: datetime | None) -> Screened:
    """With the superior since then, or back from there: the retention begins anew, an erasure's proposal is void."""
    if since == state.above_since:
        return state
    return state.model_copy(update={"above_since": since, "expired": False, "erasure": None})


def _unwatched(state: Screened) -> Screened:
    return state.model_copy(
        update={"follow_up": state.follow_up and state.follow_up.model_copy(update={"due_at": None})}
    )


def _followed(state: Screened, before: FollowUp, fact: ReferralOverdue | ReferralStepTaken, now: datetime) -> Screened:
    if isinstance(fact, ReferralOverdue):
        since = civil_date(now) if fact.next_at else None
        follow_up = before.model_copy(update={"times": fact.times, "due_at": fact.next_at, "since": since})
        return state.model_copy(update={"follow_up": follow_up})
    follow_up = before.model_copy(update={"steps": [*before.steps, fact.step]})
    after = state.model_copy(update={"follow_up": follow_up})
    return _unwatched(after.model_copy(update={"answer": "answered"})) if fact.step == "answered" else after


def _moved(state: Sealed, fact: SealedHandedOver | SealedReportedUp | UpReportOverdue | HandOverOverdue) -> Sealed:
    match fact:
        case SealedHandedOver() if fact.reader == state.reader:
            return state.model_copy(update={"handed_over_at": fact.handed_over_at})
        case SealedHandedOver():
            up = state.up and state.up.model_copy(update={"handed_over_at": fact.handed_over_at})
            return state.model_copy(update={"up": up})
        case SealedReportedUp():
            up = ReportedUp(**fact.model_dump(exclude={"petition"}))
            return state.model_copy(update={"up": up})
        case UpReportOverdue():
            return state.model_copy(update={"overdue": True})
        case HandOverOverdue() if fact.reader == state.reader:
            return state.model_copy(update={"reminded": True})
        case HandOverOverdue():
            return state.model_copy(update={"up": state.up and state.up.model_copy(update={"reminded": True})})
