"""What routing knows of the pressing of one case. Hangs on the case, and outlives its conclusion."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from xinfang_contracts.clocks import ClockRecomputed
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.message import Message
from xinfang_contracts.pressing import (
    LeaderNamed,
    SupervisionLetterAnswered,
    SupervisionLetterIssued,
    SupervisionLetterOverdue,
)
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn, Clock

from ..clocks.evolving import CaseRecounted, counted_by


class Letter(BaseModel):
    """A supervision letter. unit, zone: who had the case then; overdue: that its answer did not come was said."""

    model_config = ConfigDict(frozen=True)
    number: int
    to: str
    by: str
    issued_on: date
    unit: str | None = None
    zone: str | None = None
    clock: Clock | None = None
    answered: bool = False
    overdue: bool = False

    @property
    def due_at(self) -> datetime | None:
        """When it is to be said that it is overdue; None when never."""
        return None if self.clock is None or self.answered or self.overdue else self.clock.due_at


class Pressing(BaseModel):
    """leader: who owns the case; letters: of this case; earlier: letters before it.

    A petition that was returned and accepted anew is a new case, whose letters are numbered on.
    """

    model_config = ConfigDict(frozen=True)
    leader: str | None = None
    letters: list[Letter] = []
    earlier: int = 0

    @property
    def next_letter(self) -> int:
        """The number of the next letter."""
        return self.earlier + len(self.letters) + 1


NOTHING = Pressing()


def evolve(part: Pressing | None, fact: Message) -> Pressing | None:
    """The part after a fact; None as long as there is nothing to know."""
    known = part or NOTHING
    match fact:
        case CaseSentUp() if fact.move:
            return part
        case CaseAssigned() | CaseSentUp():
            begun = Pressing(earlier=known.earlier + len(known.letters))
            return None if begun == NOTHING else begun
        case LeaderNamed():
            return known.model_copy(update={"leader": fact.leader})
        case TieDeclared() if known.leader == fact.actor:
            return known.model_copy(update={"leader": None})
        case CaseConcluded() | CaseWithdrawn() if known.leader is not None:
            return known.model_copy(update={"leader": None})
        case SupervisionLetterIssued():
            letter = Letter(
                number=fact.number,
                to=fact.to,
                by=fact.by,
                issued_on=fact.issued_on,
                unit=fact.unit,
                zone=fact.zone,
                clock=fact.clock,
            )
            return known.model_copy(update={"letters": [*known.letters, letter]})
        case SupervisionLetterAnswered():
            return _mark(known, fact.number, answered=True)
        case SupervisionLetterOverdue():
            return _mark(known, fact.number, overdue=True)
        case ClockRecomputed(letter=int() as number):
            return _mark(known, number, clock=fact.after)
        case CaseRecounted() if known.letters:
            counted = [
                one.model_copy(update={"clock": one.clock and counted_by(fact.calendar, one.clock)})
                for one in known.letters
            ]
            return known.model_copy(update={"letters": counted})
        case _:
            return part


def _mark(known: Pressing, number: int, **what: object) -> Pressing:
    letters = [one.model_copy(update=what) if one.number == number else one for one in known.letters]
    return known.model_copy(update={"letters": letters})


def due_at(part: Pressing | None) -> datetime | None:
    """When the next letter becomes overdue."""
    if part is None:
        return None
    return min((letter.due_at for letter in part.letters if letter.due_at is not None), default=None)
