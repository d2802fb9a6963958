"""What review makes of a case that changes hands, and of somebody who turns out to be tied. Functions of values.

A move may be heard before the tie that caused it or after it: whoever steps in is told by the one that is heard first.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.routing import CaseSentUp

from services.runtime.errors import NotYet
from services.runtime.rules import Output

from .clarifying.waiting import tell_substitutes
from .facts import Facts
from .joint.stepping import step_in
from .signing.trail import linked
from .state import Above, Awaiting, State, UnderReview, evolve


@linked
def move(state: State, message: CaseReassigned | CaseSentUp, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The case goes to other hands: routing has told them. Accepted anew, it waits for the earlier withdrawal."""
    if isinstance(state, Awaiting | UnderReview | Above) and message.acceptance > state.case.acceptance:
        raise NotYet
    return step_in(state, evolve(state, message, now), message.petition, facts, now)


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
    return step_in(state, evolve(state, message, now), message.petition, facts, now)
