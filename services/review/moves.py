"""What review makes of a case that changes hands, and of somebody who turns out to be tied. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.review import ReportSubmitted
from xinfang_contracts.routing import CaseSentUp

from services.runtime.errors import NotYet
from services.runtime.rules import Output

from .clarifying.waiting import tell_substitutes
from .decide import conclude, current, steps_of, tell
from .facts import Facts
from .signing.trail import linked
from .state import Above, Awaiting, State, UnderReview, without


def move(state: State, message: CaseReassigned | CaseSentUp, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The case goes to other hands: routing has told them. Accepted anew, it waits for the earlier withdrawal."""
    if isinstance(state, Awaiting | UnderReview | Above) and message.acceptance > state.case.acceptance:
        raise NotYet
    return []


@linked
def hear_tie(state: State, message: TieDeclared, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Whoever steps in for the tied one is told of the report; where nobody has to, and all have spoken, it is over."""
    if state is None:
        if message.assigned:
            raise NotYet
        return []
    if message.actor in state.case.excluded:
        return []
    if not isinstance(state, UnderReview):
        return tell_substitutes(state, message, facts, now=now)
    after = without(state, message.actor)
    if not isinstance(after, UnderReview):
        raise ValueError("a tie leaves a case under review")
    before, steps = steps_of(facts.district, state.case), steps_of(facts.district, after.case)
    place = current(steps, after.given)
    if place == len(steps):
        return conclude(message.petition, after, facts, now)
    asked = before[current(before, state.given)]
    submitted = ReportSubmitted(
        petition=message.petition,
        version=after.version,
        unit=after.case.unit,
        outcome=after.outcome,
        recovered_yuan=after.recovered_yuan,
        report=after.report,
        link=after.submitted,
    )
    return tell([one for one in steps[place] if one not in {*asked, *after.given}], submitted)
