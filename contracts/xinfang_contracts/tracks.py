"""事心双解: beside the discipline track of a case a substance track, the reporter's own claim, with its own state."""

from typing import Annotated, Literal

from pydantic import Field

from .message import ActorCode, Article, Code, DocumentRef, Message, PetitionNumber

Track = Literal["substance"]
"""The discipline track needs no word of its own: its state is the case's."""
Holder = Annotated[Code, Field(description="who sees to it: a unit, or a receiver of the district file")]
Acceptance = Annotated[int, Field(ge=1, description="which acceptance of the petition made the case")]
Yuan = Annotated[int, Field(ge=0, le=1_000_000_000_000)]


class OpenTrack(Message):
    """What the reporter wants beside discipline: the building that is to go, the fee that is to come back."""

    petition: PetitionNumber
    track: Track
    holder: Holder
    basis: Article | None = None
    document: DocumentRef


class TrackOpened(Message):
    """The petition rests only when this track is done as well."""

    petition: PetitionNumber
    track: Track
    holder: Holder
    basis: Article | None = None
    document: DocumentRef
    by: ActorCode
    acceptance: Acceptance = 1


class RecordTrack(Message):
    """How a track stands: in hand, solved, guided to a court or to relief, or found without ground."""

    petition: PetitionNumber
    track: Track
    state: Literal["in_hand", "solved", "guided", "unfounded"]
    document: DocumentRef
    yuan: Annotated[Yuan | None, Field(description="what the reporter has got back")] = None


class TrackRecorded(Message):
    """How a track stands now; every state but ``in_hand`` ends it.

    lapsed: the reporter had confirmed that the matter rests before it was known here that the track was opened.
    """

    petition: PetitionNumber
    track: Track
    state: Literal["in_hand", "solved", "guided", "unfounded", "lapsed"]
    holder: Holder
    document: DocumentRef | None = None
    yuan: Yuan | None = None
    by: Annotated[ActorCode | None, Field(description="who said so; nobody where a rule did")] = None
    rule: Annotated[Code | None, Field(description="the rule, where nobody said so")] = None
    acceptance: Acceptance = 1
