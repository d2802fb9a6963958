"""The work beside petitions, as its tests give it: items on their way, and a fact of each kind that is counted."""

from datetime import date
from typing import Any

from xinfang_contracts.guidance import TrainingRecorded, WorkAwarded, WorkForm, WorkPublished, WorkReached
from xinfang_contracts.mediation import MediationFailed, MediationHandedOver, MediationOpened, MediationSettled
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.outreach import (
    ConcernCollected,
    ConcernSolved,
    OutreachForm,
    OutreachReported,
    OutreachStarted,
)
from xinfang_contracts.reception import ReceptionRecorded, ShiftPlanned
from xinfang_contracts.recommendation import (
    RecommendationClosed,
    RecommendationIssued,
    RecommendationKind,
    RecommendationProposed,
)
from xinfang_contracts.satisfaction import SatisfactionRecorded
from xinfang_contracts.supervisors import SupervisorAppointed, SupervisorEnded

from services.intake.beside.facts import Facts, Words
from services.intake.beside.state import State, evolve
from services.intake.state import Registered, Sealed
from tests.rules.given import NOW, NUMBER, TOWN, YANFENG, traits

REGISTERED, SEALED = Registered(traits=traits()), Sealed(reader="superior_430400", received_at=NOW)
OFFICE, UNIT, ELSEWHERE_UNIT = "office_petition", "unit_430406001", "unit_430406004"
VILLAGE, FAR_VILLAGE = "430406001001", "430406004002"
ON = date(2023, 3, 1)
"""The day of ``NOW``."""
DOCUMENT = DocumentRef(document="0" * 8 + "-0000-5000-8000-" + "0" * 12, digest="5f" * 32)


def item(letter: str, serial: int = 1, district: str = "430406") -> str:
    """A number."""
    return f"{district}-{letter}-2023-{serial:06d}"


def words(village: str | None = VILLAGE) -> Words:
    """A sealed content, opened."""
    return Words(b"{}", b"salt", DOCUMENT, village)


def facts(actor: str = OFFICE, **more: Any) -> Facts:
    """What a rule is told."""
    return Facts(YANFENG, actor, **more)


def after(*said: Message) -> State:
    """The item that these facts leave."""
    state: State = None
    for fact in said:
        state = evolve(state, fact, NOW)
    return state


def planned(**changes: Any) -> ShiftPlanned:
    given = {"item": item("R"), "on": ON, "part": "morning", "people": ["leader_deputy_1", UNIT]}
    return ShiftPlanned.model_validate(given | changes)


def started(form: OutreachForm = OutreachForm.STAND) -> OutreachStarted:
    members = [UNIT, "leader_deputy_1"]
    return OutreachStarted(item=item("V"), form=form, town=TOWN, starts_on=ON, ends_on=ON, members=members)


def collected(form: OutreachForm = OutreachForm.STAND, *, urgent: bool = True) -> ConcernCollected:
    return ConcernCollected(
        item=item("C"), outreach=item("V"), form=form, town=TOWN, on=ON, urgent=urgent, document=DOCUMENT
    )


def solved(form: OutreachForm = OutreachForm.STAND, yuan: int = 9_600, *, urgent: bool = True) -> ConcernSolved:
    return ConcernSolved(item=item("C"), form=form, town=TOWN, on=ON, urgent=urgent, by=UNIT, recovered_yuan=yuan)


def opened() -> MediationOpened:
    return MediationOpened(item=item("M"), town=TOWN, on=ON, mediators=["hesilao_1"], document=DOCUMENT)


SETTLED = MediationSettled(item=item("M"), town=TOWN, on=ON)
FAILED = MediationFailed(item=item("M"), town=TOWN, on=ON)
APPOINTED = SupervisorAppointed(
    item=item("S"), supervisor="supervisor_1", town=TOWN, since=ON, document=DOCUMENT, first=True
)
ENDED = SupervisorEnded(item=item("S"), supervisor="supervisor_1", town=TOWN, until=ON, last=True)
PUBLISHED = WorkPublished(item=item("W"), work="handbook_red", form=WorkForm.HANDBOOK, on=ON)
RATED = SatisfactionRecorded(contact="answer", on=ON, town=TOWN, satisfied=5, mostly_satisfied=2, dissatisfied=1)
RECEIVED = ReceptionRecorded(item=item("R"), by=UNIT, town=TOWN, on=ON)
PROPOSED = RecommendationProposed(item=item("A"), unit=UNIT, confirmed=3, since=date(2022, 9, 1), basis="规则34")
ISSUED = RecommendationIssued(
    item=item("A"), unit=UNIT, kind=RecommendationKind.SUPERVISION, due_on=date(2023, 4, 1), document=DOCUMENT
)
CLOSED = RecommendationClosed(item=item("A"), unit=UNIT, kind=RecommendationKind.SUPERVISION, rectified=True)
MET = OutreachReported(item=item("V"), form=OutreachForm.STAND, town=TOWN, on=ON, groups=2, people=5)

FACTS: tuple[Message, ...] = (
    RECEIVED,
    started(),
    MET,
    *(fact for form in OutreachForm for fact in (collected(form), solved(form))),
    opened(),
    SETTLED,
    FAILED,
    MediationHandedOver(item=item("M"), town=TOWN, petition=NUMBER),
    APPOINTED,
    ENDED,
    PUBLISHED,
    WorkReached(item=item("W"), work="handbook_red", on=ON, people=1_200),
    WorkAwarded(item=item("W"), work="video_how_to", on=ON, level="province", prize=3),
    TrainingRecorded(item=item("T"), unit=UNIT, starts_on=ON, ends_on=ON, people=4),
    RATED,
    ISSUED,
    CLOSED,
)
