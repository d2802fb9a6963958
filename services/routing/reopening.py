"""A reopened case is in hand again, with a new clock. What was late before stays late, and counted once. Pure."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.after import CaseReopened
from xinfang_contracts.district import OfficeKind
from xinfang_contracts.routing import CaseResumed

from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output

from .choosing.moving import Move, managers, move_on
from .clocks.arrangement import warn_of
from .clocks.counting import start
from .facts import Facts
from .pressing import leaders
from .pressing.people import offices
from .state import Closed, Open, SentUp, State, evolve


def reopen(state: State, message: CaseReopened, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit that concluded it has it again; where it has been tied since, whoever the rules choose.

    Whatever presses a case on begins anew. NotYet while an earlier conclusion or reopening was not heard.
    """
    if state is None or (isinstance(state, SentUp) and state.handling is not None and _is_news(state, message)):
        raise NotYet
    if not isinstance(state, Open | Closed) or not _is_news(state, message):
        return []
    if isinstance(state, Open) or message.acceptance > state.acceptance or message.times > state.hands.reopenings + 1:
        raise NotYet
    clock = start(facts.district, facts.district.handling.clock, now)
    resumed = CaseResumed(
        petition=message.petition,
        traits=message.traits,
        unit=state.unit,
        zone=state.zone,
        clock=clock,
        times=message.times,
        acceptance=state.acceptance,
    )
    told = [state.unit, *offices(facts.district, OfficeKind.PETITION), *managers(facts.district)]
    notices = [Notice(one, resumed) for one in dict.fromkeys(told) if one not in state.hands.excluded]
    said: list[Output] = [resumed, *notices, *warn_of(clock, facts, now)]
    after = evolve(state, resumed, now)
    if not isinstance(after, Open):
        raise ValueError("a resumed case is open")
    # Another unit concluded it than has it here where that one was tied meanwhile: review did not hear of the move.
    is_moved = message.unit != after.unit or after.unit in after.hands.excluded
    if is_moved or facts.district.unit(after.unit) is None:
        move = Move.of(message.petition, after, now)
        return [*said, *(move_on(move, facts) if move else [])]
    return [*said, *leaders.name_again(after, message, facts)]


def _is_news(state: Open | Closed | SentUp, message: CaseReopened) -> bool:
    return (message.acceptance, message.times) > (state.acceptance, state.hands.reopenings)
