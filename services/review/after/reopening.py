"""A concluded case is handled again: by command, by new evidence, because the reporter has come back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xinfang_contracts.after import CaseReopened, ReopenCase, ReopenGround, SettlementEnded
from xinfang_contracts.district import District
from xinfang_contracts.repeats import RepeatLinked

from services.runtime.clock import civil_date
from services.runtime.rules import Output, Refused

from ..facts import Facts
from ..quarters import conclusion_of
from ..signing.checking import check
from ..signing.trail import linked
from ..state import Concluded, Handled, State
from .people import NOT_YOUR_TURN, after_of, concluded, petition_offices, tell


@linked
def reopen(state: State, message: ReopenCase, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office, or one of the leadership, has the case handled again."""
    found = concluded(state, message, facts, may_reopen)
    if isinstance(found, Refused):
        return [found]
    if found.given_up:
        return [NOT_YOUR_TURN]
    signed = check(message, message.signature, facts, found.case.trail, None)
    if isinstance(signed, Refused):
        return [signed]
    return reopened(found, message.petition, message.ground, facts, now, document=message.document, signed=signed)


@linked
def hear_repeat(state: State, message: RepeatLinked, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reporter has come back. What is new in a repeat must be looked at (规则14): the case is reopened.

    Where the repeat was accepted as a case of its own, that one goes on with the matter, and this rests no longer.
    """
    if not isinstance(state, Concluded) or state.concluded_on is None or after_of(state.case).erased:
        return []
    if state.given_up and not message.accepted:
        return []
    if message.unit is not None or message.repeat in after_of(state.case).repeats:
        return []
    if not message.accepted:
        return reopened(state, message.petition, "returned", facts, now, repeat=message.repeat, by=None)
    lapsed_on = after_of(state.case).lapsed_on
    if not state.settled and lapsed_on is None:
        return []
    fact = SettlementEnded(
        petition=message.petition,
        traits=state.case.traits,
        unit=state.case.unit,
        zone=state.case.zone,
        repeat=message.repeat,
        settled_on=state.settled_on,
        lapsed_on=lapsed_on,
        ended_on=civil_date(now),
    )
    return tell(fact, [state.case.unit, *petition_offices(facts.district)], state.case)


def reopened(
    state: Concluded, petition: str, ground: ReopenGround, facts: Facts, now: datetime, **more: Any
) -> list[Output]:
    """That a case is handled again: its unit is told, the petition office, and whoever of the leadership signed it."""
    case, by = state.case, facts.actor
    fact = CaseReopened(
        petition=petition,
        traits=case.traits,
        unit=case.unit,
        zone=case.zone,
        ground=ground,
        times=len(after_of(case).reopenings) + 1,
        reopened_on=civil_date(now),
        conclusion=conclusion_of(state),
        settled_on=state.settled_on,
        lapsed_on=after_of(case).lapsed_on,
        acceptance=case.acceptance,
        **{"by": by} | more,
    )
    return tell(fact, [case.unit, *petition_offices(facts.district)], case, fact.by or "")


def may_reopen(case: Handled, district: District) -> list[str]:
    """The petition office, and the leadership."""
    return [*petition_offices(district), *(leader.code for leader in district.leaders)]
