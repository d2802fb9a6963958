"""Intake's rules on what the vault keeps: deposits, retention, erasure. Functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinfang_contracts.district import Clock, District, LeaderRole, OfficeKind
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import PetitionContent, RefusalReason
from xinfang_contracts.message import DocumentRef, Message, PetitionNumber
from xinfang_contracts.pressing import LeaderNamed, SupervisionLetterIssued
from xinfang_contracts.quality import FileSampled
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp
from xinfang_contracts.signing import KeyEnrolled, KeyRevoked
from xinfang_contracts.vault import (
    ApproveErasure,
    DepositDocument,
    DocumentDeposited,
    DocumentKind,
    ErasureApproved,
    ErasureDue,
    ErasureProposed,
    PetitionErased,
    ProposeErasure,
)

from services.runtime.clock import civil_date, due_date
from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Notice, Output, Refused, is_ours

from ..state import Erased, Registered, Screened, State, kept_since, retained_since
from .readership import barred
from .redaction import find_leaks

OUTGOING = frozenset({DocumentKind.LETTER, DocumentKind.CLARIFICATION, DocumentKind.MAIL})
"""Kinds that leave the organ, and pass the redaction gate."""
APPROVERS = 2


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A deposited text, opened in memory, with the reference that it will be known by."""

    text: str
    plaintext: bytes
    salt: bytes
    ref: DocumentRef


@dataclass(frozen=True, slots=True)
class Facts:
    """What these rules need to know. ``content``: the petition's own, where the redaction gate must compare."""

    district: District
    actor: str
    document: OpenedDocument | None = None
    content: PetitionContent | None = None


@dataclass(frozen=True, slots=True)
class Shelve:
    """A document for the vault, under its petition's data key."""

    petition: str
    kind: str
    document: OpenedDocument


@dataclass(frozen=True, slots=True)
class Erase:
    """Everything that the vault holds on a petition is to be destroyed."""

    petition: str


class RetentionEnds(Message):
    """A petition's retention period is over: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber


Heard = CaseAssigned | CaseSentUp | CaseConcluded | TieDeclared | LeaderNamed | SupervisionLetterIssued | FileSampled
Messages = DepositDocument | ProposeErasure | ApproveErasure | RetentionEnds | Heard
"""What these rules answer."""


def deposit(state: State, message: DepositDocument, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Take a text into the vault; one that goes out must not tell who reported."""
    if refused := _closed(state, message.petition, facts.district):
        return [refused]
    document = facts.document
    if document is None or not isinstance(state, Registered | Screened):
        raise ValueError("a document comes opened, for a petition that the vault holds")
    if not _may_deposit(state, facts.actor, facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if message.kind in OUTGOING:
        if facts.content is None:
            # Registered in this very round: what it says is read with the next one.
            raise NotYet
        leaks = find_leaks(document.text, facts.content, official_names(facts.district))
        if leaks:
            return [Refused(RefusalReason.REVEALS_REPORTER, details=tuple(leaks))]
    fact = DocumentDeposited(petition=message.petition, document=document.ref, kind=message.kind, by=facts.actor)
    return [fact, Keep(Shelve(message.petition, message.kind, document))]


def learn_key(state: None, message: KeyEnrolled | KeyRevoked, facts: object, *, now: datetime) -> Sequence[Output]:
    """Review has enrolled a person's keys, or ended them; what reads nothing is nothing to the vault."""
    if isinstance(message, KeyEnrolled) and message.read is None:
        return []
    return [Keep(message)]


def _closed(state: State, petition: str, district: District) -> Refused | None:
    """Why nothing more can be done with a petition; None when something can."""
    if is_ours(petition, district) and isinstance(state, Registered | Screened):
        return None
    is_erased = is_ours(petition, district) and isinstance(state, Erased)
    return Refused(RefusalReason.ERASED if is_erased else RefusalReason.UNKNOWN_PETITION)


def _may_deposit(state: Registered | Screened, actor: str, district: District) -> bool:
    """Offices, leaders and superiors; the unit that handles it; the partner whose channel it came by. Nobody tied."""
    if actor in barred(state):
        return False
    match actor.partition("_")[0]:
        case "unit":
            if isinstance(state, Screened) and state.status == "accepted" and state.unit is None:
                # Routing tells the unit and us at once: the unit may be quicker.
                raise NotYet
            return isinstance(state, Screened) and actor in (state.unit, *state.beside)
        case "partner":
            channel = district.channel(state.traits.channel)
            return channel is not None and channel.partner == actor
        case _:
            return True


def official_names(district: District) -> list[str]:
    """Names of the organ and its parts, which a petition and a notice may both hold."""
    parts = (district.units, district.offices, district.towns)
    return [district.organ, district.name, *(one.name for part in parts for one in part)]


def learn(state: State, message: Heard, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Who handles or owns a case, who is tied, and its end: they decide who may read, and when it may be erased."""
    return []


def propose_erasure(state: State, message: ProposeErasure, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office asks; whoever must agree is told. Another ground makes an earlier proposal void."""
    district = facts.district
    if facts.actor not in {office.code for office in district.office_of_kind(OfficeKind.PETITION)}:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if refused := _closed(state, message.petition, district):
        return [refused]
    since = kept_since(state) if isinstance(state, Screened) else None
    if not isinstance(state, Screened) or since is None:
        return [Refused(RefusalReason.CASE_OPEN)]
    if since == state.above_since and message.ground != "retention_over":
        # The superior may be at it, perhaps because nobody here is free of it: before its time nothing is destroyed.
        return [Refused(RefusalReason.CASE_OPEN)]
    if facts.actor in state.excluded:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if message.ground == "retention_over":
        due_on = retained_until(since, district)
        if due_on is None or civil_date(now) < due_on:
            return [Refused(RefusalReason.TOO_EARLY)]
    if state.erasure is not None and (state.erasure.ground, state.erasure.basis) == (message.ground, message.basis):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = ErasureProposed(petition=message.petition, ground=message.ground, basis=message.basis, by=facts.actor)
    return [fact, *(Notice(one, fact) for one in approvers(district, facts.actor, state.excluded))]


def approve_erasure(state: State, message: ApproveErasure, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """One of the two agrees; with the second the petition is erased in this transaction."""
    if refused := _closed(state, message.petition, facts.district):
        return [refused]
    if not isinstance(state, Screened) or kept_since(state) is None:
        return [Refused(RefusalReason.CASE_OPEN)]
    erasure = state.erasure
    if erasure is None:
        return [Refused(RefusalReason.TOO_EARLY)]
    entitled = approvers(facts.district, erasure.by, state.excluded)
    if facts.actor not in entitled:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if facts.actor in erasure.approved:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    approved = ErasureApproved(petition=message.petition, by=facts.actor)
    agreed = {*erasure.approved, facts.actor}.intersection(entitled)
    if len(agreed) < APPROVERS:
        return [approved, Notice(erasure.by, approved)]
    erased = PetitionErased(
        petition=message.petition, ground=erasure.ground, basis=erasure.basis, erased_on=civil_date(now)
    )
    told = [erasure.by, *(one for one in erasure.approved if one != facts.actor)]
    return [approved, erased, Keep(Erase(message.petition)), *(Notice(one, erased) for one in told)]


def approvers(district: District, proposer: str, excluded: Sequence[str]) -> list[str]:
    """Who may agree: as the district file says, else the principal and the case-management office, else the leaders.

    Whoever proposed or is tied may not; where fewer than two are left, the leaders step in.
    """
    leaders = [leader.code for leader in district.leaders]
    given = list(district.retention.approvers) if district.retention else []
    if not given:
        offices = [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
        principals = [leader.code for leader in district.leaders_of(LeaderRole.PRINCIPAL)]
        given = [*principals, *offices] if offices else leaders
    barred_here = {proposer, *excluded}
    free = [one for one in given if one not in barred_here]
    if len(free) < APPROVERS:
        free += [one for one in leaders if one not in barred_here and one not in free]
    return free


def retained_until(since: datetime, district: District) -> date | None:
    """The day on which a petition's retention period is over; None where the district file names no period."""
    if district.retention is None:
        return None
    period = Clock(length=district.retention.months, unit="month", basis="retention")
    return due_date(civil_date(since), period, district.calendar)


def expire(state: State, message: RetentionEnds, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once that a petition may be erased, to the petition office; nothing is erased by itself."""
    since = retained_since(state)
    if since is None:
        return []
    due_on = retained_until(since, facts.district)
    if due_on is None or civil_date(now) < due_on:
        return []
    fact = ErasureDue(petition=message.petition, due_on=due_on)
    offices = facts.district.office_of_kind(OfficeKind.PETITION)
    return [fact, *(Notice(office.code, fact) for office in offices)]
