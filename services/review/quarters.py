"""What review says of concluded cases later: corrected figures, and the quarter's feedback. Functions of values."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Protocol

from xinfang_contracts.after import CountedConclusion
from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.routing import CaseWithdrawn
from xinfang_contracts.statistics import AssignmentCorrected, ConclusionCorrected, ResultFedBack

from services.runtime.clock import ZONE
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output

from .after.people import Known, after_of
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
    case = state.case
    has_said = (
        case.returned_on,
        case.returned_before,
        after_of(case).conclusions,
        counted_clarifications(case.clarifying),
        counted_files(case.quality),
    )
    if not isinstance(state, Concluded) and not any(has_said):
        return []
    return [_corrected(state, message.petition, message.before, message.after, message.corrected_on)]


def taken_back(state: Known, message: CaseWithdrawn) -> ConclusionCorrected:
    """A case that was concluded, reopened and is given up (规则17): nothing that was said of it counts any longer."""
    after = state.case.traits.model_copy(update={"counted": False})
    return _corrected(state, message.petition, state.case.traits, after, message.withdrawn_on)


def _corrected(state: Known, petition: str, before: CaseTraits, after: CaseTraits, on: date) -> ConclusionCorrected:
    concluded = state if isinstance(state, Concluded) else None
    known = after_of(state.case)
    again = bool(known.conclusions)
    standing = [conclusion_of(concluded)] if concluded and again and concluded.concluded_on else []
    return ConclusionCorrected(
        petition=petition,
        before=before,
        after=after,
        unit=state.case.unit,
        zone=state.case.zone,
        returned_on=state.case.returned_on,
        returned_before=state.case.returned_before,
        concluded_on=concluded.concluded_on if concluded and not again else None,
        jointly_reviewed=concluded.jointly_reviewed if concluded and not again else False,
        recovered_yuan=concluded.recovered_yuan if concluded and not again else 0,
        settled=concluded.settled if concluded else False,
        settled_on=concluded.settled_on if concluded else None,
        returned_for=[*concluded.returned_for] if concluded and not again else [],
        clarified=counted_clarifications(state.case.clarifying),
        files=counted_files(state.case.quality),
        corrected_on=on,
        lapsed_on=known.lapsed_on,
        conclusions=[*known.conclusions, *standing],
        reopenings=[*known.reopenings],
        view=known.view,
        objections=[*known.objections],
    )


def conclusion_of(state: Concluded) -> CountedConclusion:
    """A conclusion as figures count it."""
    if state.concluded_on is None:
        raise ValueError("the conclusion is older than its day")
    return CountedConclusion(
        unit=state.case.unit,
        zone=state.case.zone,
        concluded_on=state.concluded_on,
        jointly_reviewed=state.jointly_reviewed,
        recovered_yuan=state.recovered_yuan,
        returned_for=[*state.returned_for],
    )


def quarter_of(day: date) -> str:
    """As periods are written: 2023-Q4."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
