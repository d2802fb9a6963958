"""The clocks of a case: started, stopped, extended, suspended, warned of, run out; and what a calendar changes."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .district import ClockUnit, Colour
from .intake import RefusalReason
from .message import ActorCode, Code, DistrictCode, DocumentRef, Message, Moment, PetitionNumber
from .routing import Clock

Length = Annotated[int, Field(ge=1, le=400)]


class StartClock(Message):
    """Start a clock of the district file beside the handling clock. ``since``: the day it counts from, if not now."""

    petition: PetitionNumber
    clock: Code
    since: date | None = None


class ClockStarted(Message):
    """A clock runs."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    started_by: ActorCode


class StopClock(Message):
    """What a clock was for is done."""

    petition: PetitionNumber
    clock: Code


class ClockStopped(Message):
    """A clock runs no more."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    reason: Literal["done", "concluded", "withdrawn"]


class ExtendClock(Message):
    """A leader extends a running clock, in the unit that the district file names, within its cap (条例34)."""

    petition: PetitionNumber
    clock: Code
    length: Length
    reason: Literal["complex", "awaiting_evidence", "awaiting_others", "other"]
    document: Annotated[DocumentRef, Field(description="the approval, in the vault")]


class ClockExtended(Message):
    """A clock has more time: by a length, or until a day that a superior has named. ``clock``: as it runs now."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    due_before: Moment
    length: Length | None = None
    length_unit: ClockUnit | None = None
    until: date | None = None
    decided_by: ActorCode
    rule: Annotated[Code, Field(description="own_leader or superior")]
    reason: Code | None = None
    document: DocumentRef | None = None


class ExtensionRefused(Message):
    """A superior has extended a clock, and nothing came of it: why.

    already_decided: the case is over, or another acceptance's; clock_stands: it is suspended; unknown_clock: none runs;
    not_set_up: no day was named, and the district file gives no length; contradictory: it would end sooner.
    """

    petition: PetitionNumber
    superior: ActorCode
    on: date
    until: date | None = None
    reason: RefusalReason


SuspensionReason = Literal["hearing", "appraisal", "other_procedure", "force_majeure"]


class SuspendClock(Message):
    """Let a clock stand: the time of a hearing does not count (条例36)."""

    petition: PetitionNumber
    clock: Code
    reason: SuspensionReason
    document: DocumentRef | None = None


class ClockSuspended(Message):
    """A clock stands from this day on, which does not count."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    on: date
    reason: SuspensionReason
    document: DocumentRef | None = None


class ResumeClock(Message):
    """Let a clock go on."""

    petition: PetitionNumber
    clock: Code


class ClockResumed(Message):
    """A clock goes on from this day, which counts, with the time that was left."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    due_before: Moment
    on: date


class ClockWarned(Message):
    """A clock comes near its end. ``at``: when that was so, however late the tick."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    colour: Colour
    at: Moment


class ClockRanOut(Message):
    """A clock has run out; of the handling clock this says ``CaseOverdue``, and this when it has run out again."""

    petition: PetitionNumber
    unit: ActorCode
    clock: Clock
    at: Moment


class ClockRecomputed(Message):
    """A corrected calendar has moved a running clock. ``unit``: who has the case, perhaps the superior.

    superior: it is the superior's time to decide who handles the case; letter: it is the time to answer this
    supervision letter of the case.
    """

    petition: PetitionNumber
    unit: ActorCode
    before: Clock
    after: Clock
    superior: ActorCode | None = None
    letter: Annotated[int | None, Field(ge=1, le=999)] = None


class CalendarMissing(Message):
    """No official arrangement of a year's holidays is known: what is counted in working days there is provisional.

    rule: ``monthly``, or ``clock_falls_there`` and then which clock.
    """

    district: DistrictCode
    year: int
    on: date
    rule: Code
    clock: Code | None = None
