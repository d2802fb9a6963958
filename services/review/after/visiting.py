"""跟踪回访: visits planned, made, declined; help that was given, never a state of mind. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.after import (
    FollowUpDue,
    FollowUpPlanned,
    FollowUpRecorded,
    Help,
    PlanFollowUp,
    RecordFollowUp,
)
from xinfang_contracts.intake import RefusalReason

from services.runtime.clock import civil_date, due_at, start_of
from services.runtime.rules import Output, Refused

from ..facts import Facts
from ..signing.trail import linked
from ..state import Concluded, State
from .people import Concerning, after_of, concluded, entering, tell
from .state import Visits

LED_ON = (Help.JUDICIAL_RELIEF, Help.LEGAL_AID, Help.GUIDED_TO_COURT, Help.GUIDED_TO_RECHECK, Help.HARDSHIP_RELIEF)
"""Help for which there is somebody to lead the reporter to."""


def falls_due_at(state: State) -> datetime | None:
    """When a visit's day comes; None when none is planned, or that was said."""
    if not isinstance(state, Concluded):
        return None
    after = after_of(state.case)
    return None if after.visits.told or after.erased or after.elsewhere else after.visits.due_at


def fall_due(state: State, message: Concerning, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit and the petition office are told that the day has come."""
    if not isinstance(state, Concluded) or (due := falls_due_at(state)) is None:
        return []
    case = state.case
    fact = FollowUpDue(petition=message.petition, visit=after_of(case).visits.last, unit=case.unit, due_at=due)
    return tell(fact, entering(case, facts.district), case)


def plan(state: State, message: PlanFollowUp, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A visit on that day, in the place of one that is planned. Whoever declined is visited when they ask."""
    found = concluded(state, message, facts, entering)
    if isinstance(found, Refused):
        return [found]
    case, visits = found.case, after_of(found.case).visits
    if message.on < civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    if visits.declined and not message.asked_by_reporter:
        return [Refused(RefusalReason.VISITS_DECLINED)]
    fact = FollowUpPlanned(
        petition=message.petition,
        visit=visits.last if visits.due_at else visits.last + 1,
        due_at=start_of(message.on),
        by=facts.actor,
        asked_by_reporter=message.asked_by_reporter,
    )
    return tell(fact, entering(case, facts.district), case, facts.actor)


@linked
def record(state: State, message: RecordFollowUp, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """What came of a visit, planned or not. Who was not reached is visited next time; who declined is left in peace."""
    found = concluded(state, message, facts, entering)
    if isinstance(found, Refused):
        return [found]
    if reason := _fault(found, message, facts, now):
        return [Refused(reason)]
    case, visits = found.case, after_of(found.case).visits
    fact = FollowUpRecorded(
        petition=message.petition,
        visit=visits.last if visits.due_at else visits.last + 1,
        outcome=message.outcome,
        unit=case.unit,
        zone=case.zone,
        on=message.on,
        help=message.help,
        receiver=message.receiver,
        by=facts.actor,
        document=message.document,
        next_at=_next_at(visits, message, facts, now),
    )
    return tell(fact, entering(case, facts.district), case, facts.actor)


def _fault(state: Concluded, message: RecordFollowUp, facts: Facts, now: datetime) -> RefusalReason | None:
    if message.on > civil_date(now) or (state.concluded_on is not None and message.on < state.concluded_on):
        return RefusalReason.WRONG_DATE
    visits = after_of(state.case).visits
    if visits.declined and visits.due_at is None:
        return RefusalReason.VISITS_DECLINED
    is_helped = message.help or message.receiver is not None
    if is_helped and message.outcome != "made":
        return RefusalReason.CONTRADICTORY
    if message.receiver is not None and not {*message.help} & {*LED_ON}:
        return RefusalReason.CONTRADICTORY
    if message.receiver is not None and message.receiver not in {one.code for one in facts.district.receivers}:
        return RefusalReason.UNKNOWN_RECEIVER
    return None


def _next_at(visits: Visits, message: RecordFollowUp, facts: Facts, now: datetime) -> datetime | None:
    """As the district file has it, as long as it wants more visits."""
    wanted = facts.district.review.follow_up
    if wanted is None or wanted.every is None or message.outcome == "declined" or not visits.left:
        return None
    return due_at(now, wanted.every, facts.district.calendar)
