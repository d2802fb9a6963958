"""Which notices an organ owes a reporter (规则26, 27), and from when. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from xinfang_contracts.district import District
from xinfang_contracts.intake import CaseTraits, PetitionAccepted
from xinfang_contracts.message import Message
from xinfang_contracts.notices import NoticeDropped, NoticeDue, NoticeKind
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.statistics import TraitsCorrected

from services.runtime.clock import ZONE, civil_date, due_at
from services.runtime.rules import Keep, Notice, Output, Rule

from ..counted import carried, owed_to
from ..decide import petition_offices
from ..state import Screened, State, Verifiable, is_of
from .rules import Unpost
from .standing import NoticeState

CLOCKS = {NoticeKind.ACCEPTANCE: "acceptance_notice", NoticeKind.RESULT: "result_feedback"}


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
        case PetitionAccepted(traits=traits, repeat_of=None) as fact if owed_to(traits, NoticeKind.ACCEPTANCE):
            if _of_kind(state, NoticeKind.ACCEPTANCE):
                yield from _carry(NoticeKind.ACCEPTANCE, state, fact.petition, traits, facts)
            else:
                start = traits.received_on
                yield from _due(NoticeKind.ACCEPTANCE, fact.acceptance, fact.petition, traits, start, facts)
        case TraitsCorrected(after=CaseTraits() as traits) if isinstance(state, Screened):
            yield from _owed_now(state, fact, traits, facts)
        case CaseConcluded(traits=traits) if traits.real_name and isinstance(state, Screened) and is_of(state, fact):
            number = 1 + sum(one.kind is NoticeKind.RESULT for one in state.notices.values())
            unit = None if fact.unit in state.excluded else fact.unit
            yield from _due(NoticeKind.RESULT, number, fact.petition, traits, fact.concluded_on, facts, unit)


def _owed_now(state: Screened, fact: TraitsCorrected, traits: CaseTraits, facts: Any) -> Iterator[Output]:
    """Corrected to a real name: what is owed to who gave one is owed, from when it always was."""
    starts = [(NoticeKind.ACCEPTANCE, max(state.accepted, 1), traits.received_on)] if not fact.repeat else []
    if state.concluded_on is not None:
        starts.append((NoticeKind.RESULT, 1, state.concluded_on))
    for kind, number, start in starts:
        if not owed_to(traits, kind):
            continue
        if _of_kind(state, kind):
            yield from _carry(kind, state, fact.petition, traits, facts)
        else:
            yield from _due(kind, number, fact.petition, traits, start, facts)


def _of_kind(state: State, kind: NoticeKind) -> dict[str, NoticeState]:
    notices = state.notices if isinstance(state, Verifiable) else {}
    return {id_: one for id_, one in notices.items() if one.kind is kind}


def _carry(kind: NoticeKind, state: State, petition: str, traits: CaseTraits, facts: Any) -> Iterator[Output]:
    """Accepted, returned and accepted again: the notice that was owed still is, or has been sent. It counts again."""
    clock = facts.district.clocks.get(CLOCKS[kind])
    for id_, one in _of_kind(state, kind).items():
        if clock is not None and not one.counted:
            yield NoticeDue(
                petition=petition,
                notice=id_,
                kind=kind,
                traits=traits,
                due_at=one.due_at,
                basis=clock.basis,
                **carried(one),
            )


def _due(
    kind: NoticeKind,
    number: int,
    petition: str,
    traits: CaseTraits,
    start: date,
    facts: Any,
    unit: str | None = None,
) -> Iterator[Output]:
    clock = facts.district.clocks.get(CLOCKS[kind])
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
    if unit is not None and facts.district.unit(unit) is not None:
        # 规则27: it is the unit that feeds the result back.
        yield Notice(unit, fact)


def no_longer_owed(petition: str, state: Verifiable, facts: Any, now: datetime) -> list[Output]:
    """规则26: a repeat is not told again. What was not sent yet is taken back; what was sent stays proven."""
    outputs: list[Output] = []
    for id_, notice in state.notices.items():
        if notice.kind is NoticeKind.ACCEPTANCE and notice.is_open:
            fact = NoticeDropped(
                petition=petition,
                notice=id_,
                kind=notice.kind,
                traits=notice.traits,
                dropped_on=civil_date(now),
                basis="规则26",
                counted=notice.counted,
            )
            told = [one for one in tell(fact, facts.district) if one.actor != facts.actor]
            outputs += [fact, *told, Keep(Unpost(petition, id_))]
    return outputs


def tell(fact: Message, district: District) -> list[Notice]:
    """The petition offices, each by name."""
    return [Notice(office, fact) for office in petition_offices(district)]
