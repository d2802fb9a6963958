"""诬告陷害 and 错告 (规则39、45): the first is found only above, the second is something else. Functions of values.

What is said stands on the case. Nothing is kept about whoever reported.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.clarification import (
    FalseAccusationJudged,
    FalseAccusationProposed,
    MistakenAccusationRecorded,
    ProposeFalseAccusation,
    RecordMistakenAccusation,
)
from xinfang_contracts.district import District, OfficeKind, Superior
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.outside import SuperiorDecided

from services.runtime.rules import Output, Refused

from ..facts import Facts
from ..signing.trail import linked
from ..state import Concluded, Handled, State
from .asking import UNFOUNDED, Concerning, not_known, part_of
from .people import approver, hands, offices, receiver, tell

FOUND_ABOVE, MISTAKEN = "规则39", "规则45"
LEVELS = ("prefecture", "province", "centre")
"""设区的市级以上. A district file can name no other; that the district cannot find it itself is not left to that."""


@linked
def propose(state: State, message: ProposeFalseAccusation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Put to the superior. Only of what was unfounded, and once."""
    case = _unfounded(state, message, facts)
    if isinstance(case, Refused):
        return [case]
    if part_of(case).accusation is not None:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    superior = _asked(facts.district)
    fact = FalseAccusationProposed(
        petition=message.petition,
        by=facts.actor,
        superior=superior,
        document=message.document,
        basis=FOUND_ABOVE,
    )
    return tell(fact, [superior, approver(facts.district, case.case)], case.case, but=facts.actor)


@linked
def judge(state: State, message: SuperiorDecided, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A superior has decided, asked or not. Whoever else is named there has found nothing."""
    if message.matter != "false_accusation_finding" or state is None:
        return []
    above = {superior.code for superior in facts.district.superiors if superior.level in LEVELS}
    known = None if state.case.clarifying is None else state.case.clarifying.accusation
    if message.superior not in above or known == ("found" if message.approved else "not_found"):
        return []
    fact = FalseAccusationJudged(
        petition=message.petition,
        superior=message.superior,
        found=message.approved,
        on=message.on,
        basis=FOUND_ABOVE,
    )
    district, case = facts.district, state.case
    told = [hands(district, case), *offices(district, OfficeKind.PETITION), approver(district, case)]
    return tell(fact, told, case)


@linked
def record_mistaken(
    state: State, message: RecordMistakenAccusation, facts: Facts, *, now: datetime
) -> Sequence[Output]:
    """错告: said of what was unfounded, unless it is before the superior or was found to be worse."""
    case = _unfounded(state, message, facts)
    if isinstance(case, Refused):
        return [case]
    if part_of(case).accusation == "proposed":
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if part_of(case).accusation in ("found", "mistaken"):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = MistakenAccusationRecorded(
        petition=message.petition,
        by=facts.actor,
        explained=message.explained,
        document=message.document,
        basis=MISTAKEN,
    )
    return tell(fact, speakers(facts.district, case.case), case.case, but=facts.actor)


def speakers(district: District, case: Handled) -> list[str]:
    """Whoever handled the case, and the petition office."""
    return [hands(district, case), receiver(district, case)]


def _unfounded(state: State, message: Concerning, facts: Facts) -> Concluded | Refused:
    if refused := not_known(state, message, facts):
        return refused
    assert state is not None
    if facts.actor not in speakers(facts.district, state.case):
        return Refused(RefusalReason.NOT_ENTITLED)
    if not isinstance(state, Concluded):
        return Refused(RefusalReason.NOT_YOUR_TURN)
    return state if state.outcome in UNFOUNDED else Refused(RefusalReason.NOT_UNFOUNDED)


def _asked(district: District) -> str:
    """The nearest superior that may find it: the common one, where it may."""
    by_level: list[Superior] = sorted(district.superiors, key=lambda one: LEVELS.index(one.level))
    nearest = [one.code for one in by_level if one.level == by_level[0].level]
    return district.remit.superior if district.remit.superior in nearest else nearest[0]
