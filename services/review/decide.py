"""Review's rules: a case opened, given up, settled; the report, the opinions and the conclusion stand in ``joint``."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.review import CaseSettled, RecordSettlement, ReturnsWithdrawn
from xinfang_contracts.routing import CaseAssigned, CaseWithdrawn
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Output, Refused, is_ours

from .after.people import after_of
from .facts import Facts
from .joint.opinions import conclude, give_opinion
from .joint.places import current, steps_of, tell
from .joint.report import submit_report
from .quarters import taken_back
from .state import Above, Awaiting, Concluded, State, UnderReview, returns_of

__all__ = (
    "conclude",
    "current",
    "give_opinion",
    "hear_track",
    "open_case",
    "settle",
    "steps_of",
    "submit_report",
    "tell",
    "withdraw",
)


def open_case(state: State, message: CaseAssigned, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A case is assigned; its unit's first report is awaited. Assigned anew, it waits for the earlier withdrawal."""
    if isinstance(state, Awaiting | UnderReview | Above) and message.acceptance > state.case.acceptance:
        raise NotYet
    return []


def withdraw(state: State, message: CaseWithdrawn, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则17: the case is given up; nobody reviews it any more, and what was returned of it counts no longer."""
    if state is None and message.unit.startswith("superior"):
        # Sent up before any unit had it: review never heard of it.
        return []
    if state is None or message.acceptance > state.case.acceptance:
        raise NotYet
    is_given_up = isinstance(state, Awaiting | UnderReview | Above) and message.acceptance == state.case.acceptance
    if not is_given_up or not state.case.traits.counted:
        return []
    if after_of(state.case).conclusions:
        return [taken_back(state, message)]
    return [
        ReturnsWithdrawn(
            petition=message.petition,
            unit=unit,
            returned_on=days,
            withdrawn_on=message.withdrawn_on,
            acceptance=message.acceptance,
        )
        for unit, days in returns_of(state.case).items()
    ]


def hear_track(state: State, message: TrackOpened | TrackRecorded, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A track beside discipline was opened, or stands otherwise: the matter rests only when it is done as well."""
    if state is None or message.acceptance > state.case.acceptance:
        raise NotYet
    return []


def settle(state: State, message: RecordSettlement, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reporter has confirmed that the matter rests; only a concluded case can, with no other track open."""
    if not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    petition_office = {office.code for office in facts.district.office_of_kind(OfficeKind.PETITION)}
    if facts.actor != state.case.unit and facts.actor not in petition_office:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Concluded):
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if state.settled:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    case = state.case
    if still_open := [track for track, is_open in case.tracks.items() if is_open]:
        return [Refused(RefusalReason.TRACK_OPEN, details=tuple(still_open))]
    if after_of(case).open_objections:
        return [Refused(RefusalReason.OBJECTION_OPEN)]
    return [
        CaseSettled(
            petition=message.petition,
            traits=case.traits,
            unit=case.unit,
            zone=case.zone,
            settled_on=civil_date(now),
            acceptance=case.acceptance,
            lapsed_on=after_of(case).lapsed_on,
            proof=message.proof,
            reopenings=len(after_of(case).reopenings),
        )
    ]
