"""What routing knows of a case's substance track."""

from pydantic import BaseModel, ConfigDict
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseSettled
from xinfang_contracts.routing import CaseAssigned, CaseResumed, CaseSentUp
from xinfang_contracts.tracks import TrackOpened, TrackRecorded


class Substance(BaseModel):
    """What the reporter wants beside discipline: who sees to it, and how it stands."""

    model_config = ConfigDict(frozen=True)
    holder: str
    state: str = "in_hand"

    @property
    def is_open(self) -> bool:
        """Whether the petition must not rest yet."""
        return self.state == "in_hand"


class Tracked(BaseModel):
    """The substance track, if there is one; settled: the reporter has confirmed that the matter rests."""

    model_config = ConfigDict(frozen=True)
    substance: Substance | None = None
    settled: bool = False


def evolve(part: Tracked | None, fact: Message) -> Tracked | None:
    """The part after a fact. A petition that is accepted anew begins anew."""
    match fact:
        case CaseSentUp() if fact.move:
            return part
        case CaseAssigned() | CaseSentUp():
            return None
        case TrackOpened():
            return Tracked(substance=Substance(holder=fact.holder), settled=part.settled if part else False)
        case TrackRecorded() if part is not None and part.substance is not None:
            substance = part.substance.model_copy(update={"state": fact.state})
            return part.model_copy(update={"substance": substance})
        case CaseSettled():
            return (part or Tracked()).model_copy(update={"settled": True})
        case CaseResumed() if part is not None:
            return part.model_copy(update={"settled": False})
        case _:
            return part
