"""From facts on the pressing of cases to counts. Pure.

Letters, hearings and late opinions are an office's own work: they count whether or not their petitions do.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.hearings import HearingHeld
from xinfang_contracts.intercession import IntercessionRecorded
from xinfang_contracts.message import Message
from xinfang_contracts.pressing import SupervisionLetterAnswered, SupervisionLetterIssued, SupervisionLetterOverdue
from xinfang_contracts.review import OpinionOverdue

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output

from .counting import Count, spread

Letter = SupervisionLetterIssued | SupervisionLetterAnswered | SupervisionLetterOverdue


def fold(_state: None, message: Message, district: District, *, now: datetime) -> Sequence[Output]:
    """What one fact adds."""
    return [Keep(tuple(_counts(message, district)))]


def _counts(message: Message, district: District) -> Iterator[Count]:
    match message:
        case HearingHeld():
            yield from spread(f"{message.kind}_hearings", message.held_on, ["district"], district)
        case SupervisionLetterIssued():
            yield from spread("supervision_letters", message.issued_on, _scopes(message), district)
        case SupervisionLetterAnswered(on_time=True):
            # In the month of the letter: a rate compares like with like.
            yield from spread("supervision_letters_on_time", message.issued_on, _scopes(message), district)
        case SupervisionLetterOverdue():
            yield from spread("supervision_letters_overdue", message.issued_on, _scopes(message), district)
        case OpinionOverdue(times=1):
            # Once, however often it is said: whose turn it was, not whose case it is.
            kind = message.actor.partition("_")[0]
            scopes = ["district", f"{kind}:{message.actor}"]
            yield from spread("opinions_overdue", civil_date(message.due_at), scopes, district)
        case IntercessionRecorded():
            scopes = ["district", f"manner:{message.manner}"]
            yield from spread("intercessions", message.on, scopes, district)


def _scopes(message: Letter) -> list[str]:
    return ["district", f"unit:{message.unit}", *([f"zone:{message.zone}"] if message.zone else [])]
