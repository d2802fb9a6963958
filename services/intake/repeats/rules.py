"""What is said of repeats, and what a person's decision on one leads to. Functions of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xinfang_contracts.district import District
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

from services.runtime.rules import Keep, Notice, Output, Refused, is_ours

from ..decide import petition_offices
from ..state import Erased, Registered, Screened, State

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
    handler = _handler(earlier, facts.district)
    confirmed = RepeatConfirmed(
        petition=message.petition,
        of=message.of,
        by=facts.actor,
        traits=state.traits,
        multi_head=_is_multi_head(state, earlier),
        unit=handler,
    )
    filed: list[Output] = []
    if isinstance(state, Registered):
        filed = [PetitionKeptOnFile(petition=message.petition, traits=state.traits, repeat_of=message.of, basis=RULE)]
    return [*filed, confirmed, *_linked(message, earlier, handler, facts.district)]


def reject(state: State, message: RejectRepeat, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The two have nothing to do with each other."""
    refused = _refused(state, message, facts)
    return refused or [RepeatRejected(petition=message.petition, of=message.of, by=facts.actor)]


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


def _is_open(earlier: State) -> bool:
    return isinstance(earlier, Screened) and earlier.status == "accepted" and earlier.ended_at is None


def _handler(earlier: State, district: District) -> str | None:
    unit = earlier.unit if isinstance(earlier, Screened) and _is_open(earlier) else None
    return unit if unit is not None and district.unit(unit) is not None else None


def _linked(message: ConfirmRepeat, earlier: State, handler: str | None, district: District) -> list[Output]:
    if not _is_open(earlier):
        return []
    fact = RepeatLinked(petition=message.of, repeat=message.petition, unit=handler)
    return [fact, *(Notice(actor, fact) for actor in [*([handler] if handler else []), *petition_offices(district)])]


def evolve(state: State, fact: Message, before: State) -> State:
    """A petition after a fact on repeats; what was decided is carried along. ``state``: what other rules made of it."""
    if not isinstance(state, Registered | Screened):
        return state
    known = before.repeats if isinstance(before, Registered | Screened) else {}
    match fact:
        case RepeatConfirmed():
            known = known | {fact.of: "confirmed"}
            if isinstance(state, Screened) and state.unit is None and fact.unit not in state.excluded:
                state = state.model_copy(update={"unit": fact.unit})
        case RepeatRejected():
            known = known | {fact.of: "rejected"}
    return state if known == state.repeats else state.model_copy(update={"repeats": known})
