"""What intake knows of an item of the work beside petitions, as a union of shapes. Words are in the vault."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.guidance import TrainingRecorded, WorkAwarded, WorkPublished, WorkReached
from xinfang_contracts.items import ItemErased, ItemErasureApproved, ItemErasureProposed
from xinfang_contracts.mediation import MediationFailed, MediationHandedOver, MediationOpened, MediationSettled
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.outreach import (
    ConcernCollected,
    ConcernSolved,
    OutreachForm,
    OutreachReported,
    OutreachStarted,
)
from xinfang_contracts.reception import (
    AttendanceRecorded,
    ReceptionRecorded,
    ShiftPlanned,
    SwapAgreed,
    SwapAsked,
)
from xinfang_contracts.supervisors import SupervisorAppointed, SupervisorEnded

from ..state import Erasure
from .item import Item
from .recommended import Issued, Proposed, Recommended, begun, gone_on


class Swap(BaseModel):
    """A place on a shift that somebody asks another to take."""

    model_config = ConfigDict(frozen=True)
    by: str
    other: str


class Shift(Item):
    """A shift of the roster. ``attended``: who was there, once that is known; ``receptions``: how many."""

    status: Literal["shift"] = "shift"
    on: date
    people: list[str]
    asked: Swap | None = None
    attended: list[str] | None = None
    receptions: int = 0


class Outreach(Item):
    """An activity outside, and whom it met."""

    status: Literal["outreach"] = "outreach"
    form: OutreachForm
    starts_on: date
    ends_on: date
    members: list[str]
    groups: int = 0
    people: int = 0


class Collected(Item):
    """A concern that waits to be solved."""

    status: Literal["collected"] = "collected"
    outreach: str
    form: OutreachForm
    urgent: bool


class Solved(Item):
    """A concern that is solved."""

    status: Literal["solved"] = "solved"
    outreach: str
    by: str
    recovered_yuan: int


class Opened(Item):
    """A mediation under way."""

    status: Literal["opened"] = "opened"
    mediators: list[str]


class Settled(Item):
    """A mediation in which the two sides agreed."""

    status: Literal["settled"] = "settled"
    mediators: list[str]


class Failed(Item):
    """A mediation in which they did not. ``petition``: as which it has gone on."""

    status: Literal["failed"] = "failed"
    mediators: list[str]
    petition: str | None = None


class Serving(Item):
    """A supervisor of a village."""

    status: Literal["serving"] = "serving"
    supervisor: str


class Ended(Item):
    """A supervisor whose time is over."""

    status: Literal["ended"] = "ended"
    supervisor: str


class Published(Item):
    """A guidance work that is out."""

    status: Literal["published"] = "published"
    work: str
    reached: int = 0
    awards: int = 0


class Trained(Item):
    """A training in rotation."""

    status: Literal["trained"] = "trained"
    unit: str
    people: int


class Erased(BaseModel):
    """Destroyed: the number and the day are left."""

    model_config = ConfigDict(frozen=True)
    status: Literal["erased"] = "erased"
    erased_on: date


Kept = (
    Shift
    | Outreach
    | Collected
    | Solved
    | Opened
    | Settled
    | Failed
    | Serving
    | Ended
    | Published
    | Trained
    | Recommended
)
AnyItem = Annotated[Kept | Erased, Field(discriminator="status")]
State = Kept | Erased | None
OPEN = (Collected, Opened, Serving, Proposed, Issued)
"""Something is still to be done about it."""


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The item after one of intake's own facts."""
    begun = _begun(fact, now)
    if begun is not None:
        return begun
    if state is None or isinstance(state, Erased):
        return state
    if isinstance(fact, ItemErased):
        return Erased(erased_on=fact.erased_on)
    if isinstance(fact, ItemErasureProposed | ItemErasureApproved):
        return _towards_erasure(state, fact)
    after = _gone_on(state, fact)
    if after is state:
        return state
    document = getattr(fact, "document", None)
    documents = [*state.documents, document.document] if document is not None else state.documents
    return after.model_copy(update={"documents": documents, "last_at": now})


def _begun(fact: Message, now: datetime) -> Kept | None:
    match fact:
        case ShiftPlanned():
            return Shift(town=fact.town, last_at=now, on=fact.on, people=fact.people)
        case OutreachStarted():
            return Outreach(
                town=fact.town,
                documents=_first(fact.document),
                last_at=now,
                form=fact.form,
                starts_on=fact.starts_on,
                ends_on=fact.ends_on,
                members=fact.members,
            )
        case ConcernCollected():
            return Collected(
                town=fact.town,
                documents=_first(fact.document),
                last_at=now,
                outreach=fact.outreach,
                form=fact.form,
                urgent=fact.urgent,
            )
        case MediationOpened():
            return Opened(town=fact.town, documents=_first(fact.document), last_at=now, mediators=fact.mediators)
        case SupervisorAppointed():
            documents = _first(fact.document)
            return Serving(town=fact.town, documents=documents, last_at=now, supervisor=fact.supervisor)
        case WorkPublished():
            return Published(last_at=now, work=fact.work)
        case TrainingRecorded():
            return Trained(last_at=now, unit=fact.unit, people=fact.people)
        case _:
            return begun(fact, now)


def _first(document: DocumentRef | None) -> list[str]:
    return [] if document is None else [document.document]


def _gone_on(state: Kept, fact: Message) -> Kept:
    match state:
        case Shift():
            return _shift(state, fact)
        case Outreach() if isinstance(fact, OutreachReported):
            return state.model_copy(update={"groups": state.groups + fact.groups, "people": state.people + fact.people})
        case Collected() if isinstance(fact, ConcernSolved):
            yuan = fact.recovered_yuan
            return Solved(**_same(state), outreach=state.outreach, by=fact.by, recovered_yuan=yuan)
        case Opened() if isinstance(fact, MediationSettled):
            return Settled(**_same(state), mediators=state.mediators)
        case Opened() if isinstance(fact, MediationFailed):
            return Failed(**_same(state), mediators=state.mediators)
        case Failed() if isinstance(fact, MediationHandedOver):
            return state.model_copy(update={"petition": fact.petition})
        case Serving() if isinstance(fact, SupervisorEnded):
            return Ended(**_same(state), supervisor=state.supervisor)
        case Published() if isinstance(fact, WorkReached):
            return state.model_copy(update={"reached": state.reached + fact.people})
        case Published() if isinstance(fact, WorkAwarded):
            return state.model_copy(update={"awards": state.awards + 1})
        case Proposed() | Issued():
            return gone_on(state, fact)
        case _:
            return state


def _same(state: Kept) -> dict[str, Any]:
    """What an item keeps when it becomes another shape; an erasure that was proposed of it before is void."""
    return {"town": state.town, "documents": state.documents, "last_at": state.last_at}


def _shift(state: Shift, fact: Message) -> Kept:
    match fact:
        case SwapAsked():
            return state.model_copy(update={"asked": Swap(by=fact.by, other=fact.other)})
        case SwapAgreed():
            people = [fact.other if one == fact.by else one for one in state.people]
            return state.model_copy(update={"people": people, "asked": None})
        case AttendanceRecorded():
            return state.model_copy(update={"attended": fact.present})
        case ReceptionRecorded():
            return state.model_copy(update={"receptions": state.receptions + 1})
        case _:
            return state


def _towards_erasure(state: Kept, fact: ItemErasureProposed | ItemErasureApproved) -> Kept:
    match fact:
        case ItemErasureProposed():
            return state.model_copy(update={"erasure": Erasure(ground=fact.ground, basis=fact.basis, by=fact.by)})
        case ItemErasureApproved() if state.erasure is not None:
            approved = [*state.erasure.approved, fact.by]
            return state.model_copy(update={"erasure": state.erasure.model_copy(update={"approved": approved})})
        case _:
            return state
