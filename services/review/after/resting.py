"""息访 without a word: the window passes, and the reporter has not come back. Functions of values."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from xinfang_contracts.after import CaseLapsed
from xinfang_contracts.district import Calendar, ClockUnit

from services.runtime.clock import civil_date, due_at
from services.runtime.clock import start_of as midnight_of
from services.runtime.rules import Output

from ..facts import Facts
from ..state import Concluded, State
from .people import Concerning, after_of, petition_offices, tell
from .state import After


class _Months(NamedTuple):
    length: int
    unit: ClockUnit = "month"


def runs_since(state: State) -> date | None:
    """From which day the window runs; None while it does not.

    From the conclusion, or from the reply where there is somebody to reply to (规则27): whoever was not told of the
    result cannot have let it rest. Every later sign of the reporter begins it anew. It does not run against who is
    dissatisfied, while an objection or a track is open, or where the matter goes on in another case.
    """
    if not isinstance(state, Concluded) or state.settled or state.concluded_on is None:
        return None
    after = after_of(state.case)
    if _is_open(state, after) or after.lapsed_on is not None or after.erased:
        return None
    told_on = after.replied_on if state.case.traits.real_name else state.concluded_on
    return None if told_on is None else max(told_on, after.heard_on or told_on)


def _is_open(state: Concluded, after: After) -> bool:
    is_against = after.view is not None and after.view.view == "dissatisfied"
    return bool(after.open_objections) or any(state.case.tracks.values()) or after.elsewhere or is_against


def lapses_at(state: State) -> datetime | None:
    """When the window is over: the midnight with which its last day ends."""
    since = runs_since(state)
    if since is None or state is None or (months := after_of(state.case).window) is None:
        return None
    # Months need no calendar of holidays.
    return due_at(midnight_of(since), _Months(months), Calendar())


def lapse(state: State, message: Concerning, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Said once, and counted apart: it is no confirmation."""
    since = runs_since(state)
    if not isinstance(state, Concluded) or since is None or (months := after_of(state.case).window) is None:
        return []
    case = state.case
    fact = CaseLapsed(
        petition=message.petition,
        traits=case.traits,
        unit=case.unit,
        zone=case.zone,
        window_months=months,
        since=since,
        lapsed_on=civil_date(now),
    )
    return tell(fact, [case.unit, *petition_offices(facts.district)], case)
