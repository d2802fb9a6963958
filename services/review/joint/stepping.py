"""Who steps in while a version is under review, in whatever order ties and moves are heard. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.reporting import Asked, Asking
from xinfang_contracts.review import OpinionsAsked

from services.runtime.rules import Output

from ..facts import Facts
from ..state import State, UnderReview
from .opinions import conclude
from .places import ask, steps_of, tell, waited_for
from .report import again


def step_in(before: State, after: State, petition: str, facts: Facts, now: datetime) -> Sequence[Output]:
    """What review says when others are waited for than before: they are told of the report, and get their days.

    Where nobody is waited for any more, the case is concluded.
    """
    if not isinstance(before, UnderReview) or not isinstance(after, UnderReview) or after is before:
        return []
    if facts.district.unit(after.case.unit) is None:
        return []
    waiting = waited_for(steps_of(facts.district, after.case), after.given)
    if not waiting:
        return conclude(petition, after, facts, now)
    earlier = waited_for(steps_of(facts.district, before.case), before.given)
    new = [one for one in waiting if one not in earlier]
    if not new:
        return []
    fresh = ask(new, facts.district, now)
    kept = {one: after.asked[one].due_at for one in waiting if one in earlier and one in after.asked}
    dues = {one.actor: one.due_at for one in fresh.by} | kept
    by = [Asked(actor=one, due_at=dues.get(one)) for one in waiting]
    asked = OpinionsAsked(
        petition=petition,
        version=after.version,
        asking=Asking(by=by, calendar=fresh.calendar),
        reason="stepped_in",
    )
    return [asked, *tell(new, again(petition, after, fresh))]
