"""A repeat and its case: what links them, who is told, when two cases become one (规则14). Functions of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionAccepted, PetitionKeptOnFile, RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.repeats import RepeatConfirmed, RepeatLinked, RepeatRejected

from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused, Rule, is_ours

from .. import state as petitions
from ..decide import petition_offices
from ..state import Registered, Screened, State
from ..vault.readership import barred

RULE = "规则14"
Earlier = Mapping[str, State]
"""Petitions that a decision names, those that they repeat, what is linked to them; None for one of old times."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A petition that is found to repeat another. state: after whatever else was decided on it in the same breath."""

    petition: str
    of: str
    state: Registered | Screened
    by: str


def linking(rule: Rule) -> Rule:
    """``rule``, and what follows where the clerk's decision names what the petition repeats: as ``confirm_repeat``."""

    def decide(state: Any, message: Any, facts: Any, /, *, now: datetime) -> Sequence[Output]:
        outputs = rule(state, message, facts, now=now)
        decided = next((one for one in outputs if isinstance(one, PetitionKeptOnFile | PetitionAccepted)), None)
        if decided is None or decided.repeat_of is None or not isinstance(state, Registered):
            return outputs
        petition, of = decided.petition, decided.repeat_of
        if of == petition or not is_ours(of, facts.district):
            return [Refused(RefusalReason.UNKNOWN_PETITION)]
        match state.repeats.get(of):
            case "rejected":
                return [Refused(RefusalReason.ALREADY_DECIDED)]
            case None:
                after = evolve(petitions.evolve(state, decided, now), decided, state)
                if not isinstance(after, Screened):
                    raise ValueError("what is kept on file or accepted is screened")
                return [*outputs, *link(Repeat(petition, of, after, facts.actor), facts.earlier, facts.district)]
            case _:
                return outputs  # confirmed before it was returned to the office: linked since

    return decide


def link(found: Repeat, earlier: Earlier, district: District) -> list[Output]:
    """Say that it is one, count it once, and tell whoever handles the case: what is new in it must be looked at."""
    state, verdicts = found.state, found.state.repeats.values()
    confirmed = RepeatConfirmed(
        petition=found.petition,
        of=found.of,
        by=found.by,
        traits=state.traits,
        multi_head=_is_multi_head(state, earlier.get(found.of)),
        first={*verdicts} <= {"rejected"},
        first_multi_head="multi_head" not in verdicts,
    )
    outputs: list[Output] = [confirmed, *tell_offices(confirmed, found.by, district)]
    root = root_of(found.of, earlier)
    case = earlier.get(root)
    if root == found.petition or not _is_to_be_told(case):
        return outputs
    repeats: dict[str, State] = {found.petition: state, **{one: earlier.get(one) for one in state.linked}}
    for repeat, its_state in repeats.items():
        if isinstance(its_state, Registered | Screened):
            linked = RepeatLinked(petition=root, repeat=repeat, accepted=_is_own_case(its_state))
            outputs += [linked, *tell_offices(linked, found.by, district)]
            unit = _handler(case)
            if unit is not None and is_free(unit, its_state, district):
                outputs += tell_handler(root, repeat, unit)
    return outputs


def tell_offices(fact: Message, by: str, district: District) -> list[Output]:
    """The petition offices. Whoever has just decided it is answered with the decision, and knows what follows."""
    return [Notice(office, fact) for office in petition_offices(district) if office != by]


def tell_handler(case: str, repeat: str, unit: str) -> list[Output]:
    """Tell the case's unit of a repeat."""
    fact = RepeatLinked(petition=case, repeat=repeat, unit=unit)
    return [fact, Notice(unit, fact)]


def is_free(unit: str, repeat: Registered | Screened, district: District) -> bool:
    """Whether a unit of ours may be told of a repeat: not one that the repeat is about."""
    return unit not in barred(repeat) and district.unit(unit) is not None


def root_of(petition: str, earlier: Earlier) -> str:
    """The case that a petition leads to: a kept repeat leads to what it repeats.

    NotYet when what was named was found to be a repeat since the round has looked.
    """
    seen = {petition}
    while (of := repeated_by(earlier.get(petition))) is not None and of not in seen:
        if of not in earlier:
            raise NotYet
        seen.add(of)
        petition = of
    return petition


def repeated_by(state: State) -> str | None:
    """What a kept repeat was first found to repeat; None for what is no kept repeat."""
    if not isinstance(state, Screened) or state.status != "kept_on_file":
        return None
    return next((of for of, verdict in state.repeats.items() if verdict != "rejected"), None)


def goes_on_in(case: State, state: State) -> bool:
    """Whether a repeat's own running case ends, because the case of what it repeats runs as well.

    Not where somebody who has no part in the repeat could have one in the case: then both go on. NotYet while routing
    has not said who handles them.
    """
    if not isinstance(case, Screened) or not isinstance(state, Screened):
        return False
    if not (_is_running(case) and _is_running(state)) or not {*barred(state)} <= {*barred(case)}:
        return False
    if case.unit is None or state.unit is None:
        raise NotYet
    return True


def _is_running(case: Screened) -> bool:
    """In the hands of one of our units, or about to be."""
    return case.status == "accepted" and case.ended_at is None and case.above_since is None


def _is_to_be_told(case: State) -> bool:
    """What is running, and what was concluded: review then reopens it."""
    if isinstance(case, Screened):
        return case.ended_at is None or (case.status == "accepted" and case.concluded_on is not None)
    return isinstance(case, Registered)


def _is_own_case(state: Registered | Screened) -> bool:
    return isinstance(state, Screened) and state.status == "accepted"


def _handler(case: State) -> str | None:
    is_open = isinstance(case, Screened) and case.status == "accepted" and case.ended_at is None
    return case.unit if isinstance(case, Screened) and is_open else None


def _is_multi_head(state: Registered | Screened, earlier: State) -> bool:
    if not isinstance(earlier, Registered | Screened):
        return False
    one, other = state.traits, earlier.traits
    return one.channel != other.channel or one.transferred != other.transferred


def evolve(state: State, fact: Message, before: State) -> State:
    """A petition after a fact on repeats; what was decided is carried along. ``state``: what other rules made of it."""
    if not isinstance(state, Registered | Screened):
        return state
    known = before.repeats if isinstance(before, Registered | Screened) else {}
    linked = before.linked if isinstance(before, Registered | Screened) else []
    match fact:
        case RepeatConfirmed():
            known = known | {fact.of: "multi_head" if fact.multi_head else "confirmed"}
        case RepeatRejected():
            known = known | {fact.of: "rejected"}
        case RepeatLinked() if fact.repeat not in linked:
            linked = [*linked, fact.repeat]
    if (known, linked) == (state.repeats, state.linked):
        return state
    return state.model_copy(update={"repeats": known, "linked": linked})
