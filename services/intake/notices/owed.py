"""Which notices an organ owes a reporter (规则26, 27), and from when. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from xinfang_contracts.district import District
from xinfang_contracts.intake import CaseTraits, PetitionAccepted
from xinfang_contracts.message import Message
from xinfang_contracts.notices import NoticeDue, NoticeKind
from xinfang_contracts.review import CaseConcluded

from services.runtime.clock import ZONE, due_at
from services.runtime.rules import Notice, Output, Rule

from ..decide import petition_offices
from ..state import Screened, State, Verifiable

_CLOCKS = {NoticeKind.ACCEPTANCE: "acceptance_notice", NoticeKind.RESULT: "result_feedback"}


def owing(rule: Rule) -> Rule:
    """``rule``, and after its answer the notices that the organ owes from then on."""

    def decide(state: Any, message: Any, facts: Any, /, *, now: datetime) -> Sequence[Output]:
        outputs = rule(state, message, facts, now=now)
        facts_said = [message] if isinstance(message, CaseConcluded) else outputs
        return [*outputs, *(one for fact in facts_said for one in _owed(state, fact, facts))]

    return decide


def _owed(state: State, fact: object, facts: Any) -> Iterator[Output]:
    """规则26: acceptance to who gave a name, not again for a repeat; 规则27: the result. Nobody else is told."""
    match fact:
        case PetitionAccepted(traits=traits, repeat_of=None) as fact if traits.real_name and traits.first_time:
            if _was_owed(state):
                return  # accepted, returned and accepted again: the notice that was owed still is, or has been sent
            yield from _due(NoticeKind.ACCEPTANCE, fact.acceptance, fact.petition, traits, traits.received_on, facts)
        case CaseConcluded(traits=traits) if traits.real_name and isinstance(state, Screened):
            number = 1 + sum(one.kind is NoticeKind.RESULT for one in state.notices.values())
            yield from _due(NoticeKind.RESULT, number, fact.petition, traits, fact.concluded_on, facts)


def _was_owed(state: State) -> bool:
    notices = state.notices.values() if isinstance(state, Verifiable) else ()
    return any(one.kind is NoticeKind.ACCEPTANCE for one in notices)


def _due(kind: NoticeKind, number: int, petition: str, traits: CaseTraits, start: date, facts: Any) -> Iterator[Output]:
    clock = facts.district.clocks.get(_CLOCKS[kind])
    if clock is None:
        return
    fact = NoticeDue(
        petition=petition,
        notice=f"{kind.value}_{number}",
        kind=kind,
        traits=traits,
        due_at=due_at(datetime.combine(start, time.min, ZONE), clock, facts.district.calendar),
        basis=clock.basis,
    )
    yield fact
    # Who has just decided it is answered with the decision, and knows what follows from it.
    yield from (one for one in tell(fact, facts.district) if one.actor != facts.actor)


def tell(fact: Message, district: District) -> list[Notice]:
    """The petition offices, each by name."""
    return [Notice(office, fact) for office in petition_offices(district)]
