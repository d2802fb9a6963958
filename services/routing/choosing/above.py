"""What the common superior has to do with a case: it designates a unit, takes it up, or lets its clock run out.

监察法16、17. Functions of values.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import District, UnitKind
from xinfang_contracts.handling import SuperiorOverdue
from xinfang_contracts.message import Message
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.routing import Mode

from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output

from ..facts import Facts
from ..state import Open, SentUp, State
from .hands import DESIGNATED
from .moving import Move, principals, reassign, send_up
from .units import Choice, Question

TAKEN_UP = "taken_up"
DESIGNATED_TIED = "designated_tied"


def hear(state: State, message: SuperiorDecided, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """指定管辖 and 提级, once approved. What the superior has said of a petition that is no case is not routing's."""
    if message.acceptance is None or not message.approved or message.matter not in ("designate_unit", "take_up"):
        return []
    if state is None or (not isinstance(state, SentUp) and message.acceptance > state.acceptance):
        raise NotYet
    if not isinstance(state, Open | SentUp) or message.acceptance < state.acceptance:
        return []
    move = Move.of(message.petition, state, now)
    if move is None:
        return []
    if message.matter == "designate_unit":
        return _designate(move, message, facts)
    if isinstance(state, SentUp) and (state.superior, state.clock) == (message.superior, None):
        return []
    return send_up(move, facts, TAKEN_UP, superior=message.superior, decides=False)


def _designate(move: Move, message: SuperiorDecided, facts: Facts) -> Sequence[Output]:
    unit = facts.district.unit(message.unit or "")
    if unit is None:
        return []
    if unit.code in move.excluded:
        # Intake refuses a tied unit; this one was tied at the same moment. The superior is asked again.
        is_above = isinstance(move.state, SentUp)
        return send_up(move, facts, DESIGNATED_TIED, superior=message.superior) if is_above else []
    if isinstance(move.state, Open) and (move.state.unit, move.state.hands.rule) == (unit.code, DESIGNATED):
        return []
    return reassign(
        move, Choice(unit, mode_of(move.question(facts), unit.code), DESIGNATED), facts, by=message.superior
    )


def mode_of(question: Question, code: str) -> Mode:
    """How a unit handles a case that somebody has given it by name."""
    unit = question.district.unit(code)
    if unit is not None and unit.kind is UnitKind.ORGAN:
        is_own = question.given.traits.rank in question.district.handling.own_ranks
        return Mode.OWN if is_own else Mode.TAKE_UP
    return Mode.UNIT if unit in question.homes() else Mode.CROSSED


def expire(state: SentUp, petition: str, district: District, now: datetime) -> Sequence[Message | Notice]:
    """Say once that the superior is late, to it and to the principal."""
    if state.clock is None or state.overdue or state.clock.due_at > now:
        return []
    given = state.hands.given
    fact = SuperiorOverdue(
        petition=petition,
        superior=state.superior,
        clock=state.clock,
        counted=given is None or given.traits.counted,
    )
    return [fact, *(Notice(one, fact) for one in [state.superior, *principals(district, state.hands.excluded)])]
