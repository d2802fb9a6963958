"""What review says of concluded cases later: corrected figures, and the quarter's feedback. Functions of values."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Protocol

from xinfang_contracts.district import OfficeKind
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.statistics import AssignmentCorrected, ConclusionCorrected, ResultFedBack

from services.runtime.clock import ZONE
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output

from .clarifying.state import counted_clarifications
from .facts import Facts
from .quality.state import counted_files
from .state import Concluded, State


class Concerning(Protocol):
    """A message about a petition."""

    @property
    def petition(self) -> PetitionNumber: ...


def feedback_due_at(state: State) -> datetime | None:
    """When the petition office is to be told of a conclusion: as the quarter after it begins (规则18)."""
    if not isinstance(state, Concluded) or state.concluded_on is None or state.fed_back:
        return None
    year, first_month = state.concluded_on.year, (state.concluded_on.month - 1) // 3 * 3 + 4
    return datetime.combine(date(year + first_month // 13, (first_month - 1) % 12 + 1, 1), time.min, ZONE)


def feed_back(state: State, message: Concerning, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则18: the petition office is told what came of a case, once, as its quarter ends."""
    if not isinstance(state, Concluded) or state.concluded_on is None or state.outcome is None or state.fed_back:
        return []
    fact = ResultFedBack(
        petition=message.petition,
        quarter=quarter_of(state.concluded_on),
        unit=state.case.unit,
        zone=state.case.zone,
        outcome=state.outcome,
        recovered_yuan=state.recovered_yuan,
        jointly_reviewed=state.jointly_reviewed,
        concluded_on=state.concluded_on,
        settled=state.settled,
    )
    offices = [office.code for office in facts.district.office_of_kind(OfficeKind.PETITION)]
    return [fact, *(Notice(office, fact) for office in offices if office not in state.case.excluded)]


def correct(state: State, message: AssignmentCorrected, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A case's traits were corrected: so is what review has said of it, if it has said anything that counts."""
    if message.unit is None and state is None:
        return []
    if state is None:
        raise NotYet
    concluded = state if isinstance(state, Concluded) else None
    case = state.case
    clarified, files = counted_clarifications(case.clarifying), counted_files(case.quality)
    if concluded is None and not any((case.returned_on, case.returned_before, clarified, files)):
        return []
    return [
        ConclusionCorrected(
            petition=message.petition,
            before=message.before,
            after=message.after,
            unit=state.case.unit,
            zone=state.case.zone,
            returned_on=state.case.returned_on,
            returned_before=state.case.returned_before,
            concluded_on=concluded.concluded_on if concluded else None,
            jointly_reviewed=concluded.jointly_reviewed if concluded else False,
            recovered_yuan=concluded.recovered_yuan if concluded else 0,
            settled=concluded.settled if concluded else False,
            settled_on=concluded.settled_on if concluded else None,
            returned_for=list(concluded.returned_for) if concluded else [],
            clarified=clarified,
            files=files,
            corrected_on=message.corrected_on,
        )
    ]


def quarter_of(day: date) -> str:
    """As periods are written: 2023-Q4."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
