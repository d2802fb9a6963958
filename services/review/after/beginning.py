"""What begins with a conclusion: the window, the first visit, the way up. Functions of values."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xinfang_contracts.after import ResultSentUp
from xinfang_contracts.district import District
from xinfang_contracts.review import CaseConcluded, Outcome

from services.runtime.clock import due_at
from services.runtime.rules import Notice, Output

from ..state import Handled, UnderReview
from .people import after_of, leading, tell


def follow_on(
    case: Handled, outcome: Outcome, spoken: Sequence[str], district: District, now: datetime
) -> dict[str, Any]:
    """What a conclusion says of what is to follow it. spoken: whose voices it rests on."""
    window, plan = district.review.settlement_window, district.review.follow_up
    said: dict[str, Any] = {
        "reopenings": len(after_of(case).reopenings),
        "settlement_window": window.months if window else None,
        "waits_to_go_up": case.traits.transferred and not {*spoken} & {*leading(case, district)},
    }
    if plan is not None and _is_visited(case, outcome, district):
        said |= {"visit_at": due_at(now, plan.first, district.calendar), "visits": plan.times if plan.every else 1}
    return said


def _is_visited(case: Handled, outcome: Outcome, district: District) -> bool:
    """规则30: whoever gave no verified name is nobody who could be visited; who declined is left in peace."""
    plan, after = district.review.follow_up, after_of(case)
    if plan is None or not case.traits.real_name or after.visits.declined:
        return False
    holds = {
        "every": True,
        "repeat": not case.traits.first_time,
        "leader_led": after.led,
        "from_above": case.traits.transferred,
        "unfounded": outcome is Outcome.UNFOUNDED,
        "not_provable": outcome is Outcome.NOT_PROVABLE,
    }
    return any(holds[one] for one in plan.cases)


def send_up(state: UnderReview, said: CaseConcluded, spoken: Sequence[str], district: District) -> list[Output]:
    """规则23: what came from above is answered there, once the principal has approved; else the principal is asked."""
    case = state.case
    if not case.traits.transferred:
        return []
    if said.waits_to_go_up:
        return [Notice(one, said) for one in leading(case, district)]
    fact = ResultSentUp(
        petition=said.petition,
        superior=district.remit.superior,
        version=said.version,
        outcome=said.outcome,
        concluded_on=said.concluded_on,
        sent_on=said.concluded_on,
        approved_by=next(one for one in reversed(spoken) if one in leading(case, district)),
    )
    return tell(fact, [fact.superior], case)
