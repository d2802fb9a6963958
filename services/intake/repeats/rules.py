"""What is said of repeats, and what a person's decision on one leads to. Functions of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import PetitionKeptOnFile, RefusalReason
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.repeats import (
    ConfirmRepeat,
    LikelyRepeat,
    RejectRepeat,
    RepeatConfirmed,
    RepeatLinked,
    RepeatProposed,
    RepeatRejected,
)
from xinfang_contracts.routing import CaseAssigned

from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Notice, Output, Refused, is_ours

from ..decide import petition_offices
from ..state import Erased, Registered, Screened, State
from ..vault.readership import barred

RULE = "规则14"
Row = tuple[str, list[int], bytes]


class SeekRepeats(Message):
    """A petition is to be looked up among the earlier ones. Never leaves the service."""

    petition: PetitionNumber


@dataclass(frozen=True, slots=True)
class Sought:
    """What the look-up came to. row: the petition's own, for the index; None where its words are gone."""

    row: Row | None = None
    likely: tuple[LikelyRepeat, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The district, who speaks, what was sought; earlier: petitions that a command names, None for one of old times."""

    district: District
    actor: str
    sought: Sought = Sought()
    earlier: Mapping[str, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A petition was looked up; its row, if it is to stand in the index."""

    petition: str
    row: Row | None


def seek(state: State, message: SeekRepeats, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Tell the petition office what a new petition seems to repeat. What is sealed or erased has no signature."""
    if not isinstance(state, Registered | Screened):
        return [Keep(Indexed(message.petition, None))]
    kept: list[Output] = [Keep(Indexed(message.petition, facts.sought.row))]
    if not facts.sought.likely:
        return kept
    fact = RepeatProposed(petition=message.petition, of=list(facts.sought.likely))
    return [fact, *kept, *(Notice(office, fact) for office in petition_offices(facts.district))]


def confirm(state: State, message: ConfirmRepeat, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则14: a repeat is registered and kept on file, linked to its case, whose handler is told of it."""
    refused = _refused(state, message, facts)
    if refused or not isinstance(state, Registered | Screened):
        return refused
    earlier = facts.earlier[message.of]
    root = root_of(message.of, facts.earlier)
    case = facts.earlier.get(root)
    multi_head = _is_multi_head(state, earlier)
    confirmed = RepeatConfirmed(
        petition=message.petition,
        of=message.of,
        by=facts.actor,
        traits=state.traits,
        multi_head=multi_head,
        first={*state.repeats.values()} <= {"rejected"},
        first_multi_head="multi_head" not in state.repeats.values(),
        unit=_told_unit(_handler(case), state, facts.district),
    )
    filed: list[Output] = []
    if isinstance(state, Registered):
        filed = [PetitionKeptOnFile(petition=message.petition, traits=state.traits, repeat_of=message.of, basis=RULE)]
    linked = [] if root == message.petition else _linked(root, case, message.petition, state, facts)
    return [*filed, confirmed, *_tell(confirmed, None, facts.district), *linked]


def reject(state: State, message: RejectRepeat, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The two have nothing to do with each other."""
    refused = _refused(state, message, facts)
    rejected = RepeatRejected(petition=message.petition, of=message.of, by=facts.actor)
    return refused or [rejected, *_tell(rejected, None, facts.district)]


def tell_assigned(
    state: State, message: CaseAssigned | CaseReassigned, facts: Facts, *, now: datetime
) -> Sequence[Output]:
    """Whoever is given a case is told of its repeats; of one that is over nobody is told more."""
    if isinstance(message, CaseReassigned) and (message.before == message.unit or _is_over(state, message)):
        return []
    linked = state.linked if isinstance(state, Registered | Screened) else []
    if not facts.earlier.keys() >= {*linked}:
        # Linked since the round has looked.
        raise NotYet
    return [
        one
        for repeat in linked
        for one in _say_linked(message.petition, repeat, message.unit, facts.earlier[repeat], facts.district)
    ]


def _is_over(state: State, moved: CaseReassigned) -> bool:
    """Concluded meanwhile, or moved on already."""
    return not isinstance(state, Screened) or state.ended_at is not None or moved.move < state.move


def root_of(petition: str, found: Mapping[str, State]) -> str:
    """The case that a petition leads to: a kept repeat leads to what it repeats."""
    seen = {petition}
    while (earlier := repeated_by(found.get(petition))) is not None and earlier not in seen:
        seen.add(earlier)
        petition = earlier
    return petition


def repeated_by(state: State) -> str | None:
    """What a kept repeat was first found to repeat; None for what is no kept repeat."""
    if not isinstance(state, Screened) or state.status != "kept_on_file":
        return None
    return next((of for of, verdict in state.repeats.items() if verdict != "rejected"), None)


def _refused(state: State, message: ConfirmRepeat | RejectRepeat, facts: Facts) -> list[Output]:
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    ours = is_ours(message.petition, facts.district) and is_ours(message.of, facts.district)
    if not ours or not isinstance(state, Registered | Screened) or message.of == message.petition:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.of not in facts.earlier or isinstance(facts.earlier[message.of], Erased):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.of in state.repeats:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    return []


def _is_multi_head(state: Registered | Screened, earlier: State) -> bool:
    if not isinstance(earlier, Registered | Screened):
        return False
    one, other = state.traits, earlier.traits
    return one.channel != other.channel or one.transferred != other.transferred


def _handler(case: State) -> str | None:
    is_open = isinstance(case, Screened) and case.status == "accepted" and case.ended_at is None
    return case.unit if isinstance(case, Screened) and is_open else None


def _told_unit(unit: str | None, repeat: State, district: District) -> str | None:
    """Who may be told of a repeat: the case's unit, unless the repeat is about it."""
    is_free = isinstance(repeat, Registered | Screened) and unit not in barred(repeat)
    return unit if is_free and unit is not None and district.unit(unit) is not None else None


def _linked(root: str, case: State, petition: str, state: Registered | Screened, facts: Facts) -> list[Output]:
    """The repeat and what was linked to it, told to the case's unit; what has none yet remembers them till then."""
    if not isinstance(case, Registered | Screened) or (isinstance(case, Screened) and case.ended_at is not None):
        return []
    repeats = {petition: state} | {one: facts.earlier.get(one) for one in state.linked}
    return [
        one
        for repeat, its_state in repeats.items()
        for one in _say_linked(root, repeat, _handler(case), its_state, facts.district)
    ]


def _say_linked(case: str, repeat: str, unit: str | None, state: State, district: District) -> list[Output]:
    if not isinstance(state, Registered | Screened):
        return []
    told = _told_unit(unit, state, district)
    fact = RepeatLinked(petition=case, repeat=repeat, unit=told)
    return [fact, *_tell(fact, told, district)]


def _tell(fact: Message, unit: str | None, district: District) -> list[Notice]:
    return [Notice(actor, fact) for actor in [*([unit] if unit else []), *petition_offices(district)]]


def evolve(state: State, fact: Message, before: State) -> State:
    """A petition after a fact on repeats; what was decided is carried along. ``state``: what other rules made of it."""
    if not isinstance(state, Registered | Screened):
        return state
    known = before.repeats if isinstance(before, Registered | Screened) else {}
    linked = before.linked if isinstance(before, Registered | Screened) else []
    match fact:
        case RepeatConfirmed():
            known = known | {fact.of: "multi_head" if fact.multi_head else "confirmed"}
            if isinstance(state, Screened) and state.unit is None and fact.unit not in state.excluded:
                state = state.model_copy(update={"unit": fact.unit})
        case RepeatRejected():
            known = known | {fact.of: "rejected"}
        case RepeatLinked() if fact.repeat not in linked:
            linked = [*linked, fact.repeat]
    if (known, linked) == (state.repeats, state.linked):
        return state
    return state.model_copy(update={"repeats": known, "linked": linked})
