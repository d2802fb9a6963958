"""回避: who is tied is excluded at the acceptance, how they are tied goes no further, and to them there is no petition.

Functions of values.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import Acceptance, RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.repeats import RepeatProposed

from services.runtime.rules import Notice, Output, Refused, Rule

from ..state import Registered, Screened, State

_NAMING = ("petition", "of", "into", "repeat", "repeat_of")
"""Fields of facts and commands that name a petition."""
Earlier = Mapping[str, State]


def refused_ties(decision: Acceptance, district: District) -> Refused | None:
    """A tie names a unit, an office or a leader of this district; anybody else has no part in a case anyhow."""
    known = {one.code for group in (district.units, district.offices, district.leaders) for one in group}
    unknown = [tie.actor for tie in decision.ties if tie.actor not in known]
    return Refused(RefusalReason.UNKNOWN_ACTOR) if unknown else None


def excluded(decision: Acceptance, state: Registered, district: District) -> list[str]:
    """Who has no part in the case: those tied at registration or now, the accused's unit, its former leaders.

    Codes without reasons, all of them alike: a reason for some would tell of the others.
    """
    tied = {*state.tied, *(tie.actor for tie in decision.ties), *district.formerly_of(decision.accused_unit)}
    return sorted({*tied, *([decision.accused_unit] if decision.accused_unit else [])})


def recused(rule: Rule) -> Rule:
    """``rule``, to which whoever is tied is a stranger: they ask of a petition that is not there, and are told nothing.

    The same of every other petition that is named beside it. Where no petition office is left to be told, case
    management is: a duty that nobody hears of would be forgotten.
    """

    def decide(state: Any, message: Any, facts: Any, /, *, now: datetime) -> Sequence[Output]:
        earlier: Earlier = getattr(facts, "earlier", {})
        tied = {*_tied(state)}
        if facts.actor in tied.union(_tied_beside(message, earlier)):
            return [Refused(RefusalReason.UNKNOWN_PETITION)]
        outputs = rule(state, message, facts, now=now)
        for said in (message, *outputs):
            tied.update(getattr(said, "excluded", None) or ())
        return _to_the_free(outputs, tied, earlier, facts.district)

    return decide


def _to_the_free(outputs: Sequence[Output], tied: set[str], earlier: Earlier, district: District) -> list[Output]:
    free: list[Output] = []
    for one in outputs:
        if not isinstance(one, Notice):
            free.append(one)
            continue
        barred = tied.union(_tied_beside(one.fact, earlier))
        if one.actor not in barred:
            free.append(one)
        elif one.actor in (offices := _offices(district, OfficeKind.PETITION)) and offices <= barred:
            stand_ins = sorted(_offices(district, OfficeKind.CASE_MANAGEMENT) - barred)
            free += [found for actor in stand_ins if (found := Notice(actor, one.fact)) not in [*outputs, *free]]
    return free


def _offices(district: District, kind: OfficeKind) -> set[str]:
    return {office.code for office in district.office_of_kind(kind)}


def _tied(state: State) -> list[str]:
    match state:
        case Registered():
            return state.tied
        case Screened():
            return state.excluded
        case _:
            return []


def _tied_beside(said: Message, earlier: Earlier) -> Iterator[str]:
    """Who is tied to a petition that a command or fact names, as far as the round has looked at it."""
    for number in _numbers(said) if earlier else ():
        yield from _tied(earlier.get(number))


def _numbers(said: Message) -> Iterator[str]:
    if isinstance(said, RepeatProposed):
        yield from (likely.petition for likely in said.of)
        return
    decision = getattr(said, "decision", said)
    yield from (number for name in _NAMING if isinstance(number := getattr(decision, name, None), str))
