"""What is said of repeats, and what a person's decision on one leads to. Functions of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xinfang_contracts.after import CaseReopened
from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import CaseTraits, PetitionKeptOnFile, RefusalReason, Traits
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.repeats import (
    ConfirmRepeat,
    LikelyRepeat,
    PetitionJoined,
    RejectRepeat,
    RepeatLinked,
    RepeatProposed,
    RepeatRejected,
)
from xinfang_contracts.routing import CaseAssigned

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Notice, Output, Refused, is_ours

from ..decide import petition_offices
from ..notices.owed import no_longer_owed
from ..state import Erased, Registered, Screened, Sealed, State
from .linking import RULE, Repeat, goes_on_in, is_free, link, root_of, tell_handler, tell_offices

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
    """Tell the petition office what a new petition seems to repeat, but for what a person has decided by then.

    What is sealed or erased has no signature.
    """
    if not isinstance(state, Registered | Screened):
        return [Keep(Indexed(message.petition, None))]
    kept: list[Output] = [Keep(Indexed(message.petition, facts.sought.row))]
    likely = [one for one in facts.sought.likely if one.petition not in state.repeats]
    if not likely:
        return kept
    fact = RepeatProposed(petition=message.petition, of=likely)
    return [fact, *kept, *(Notice(office, fact) for office in petition_offices(facts.district))]


def confirm(state: State, message: ConfirmRepeat, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则14: a repeat is registered and kept on file, linked to its case, whose handler is told of it.

    One that was accepted before anybody saw it ends as a case of its own where the earlier case runs (并案).
    """
    refused = _refused(state, message, facts)
    if refused or not isinstance(state, Registered | Screened):
        return refused
    petition, root = message.petition, root_of(message.of, facts.earlier)
    is_joined = root != petition and goes_on_in(facts.earlier.get(root), state)
    filed: list[Output] = []
    if is_joined and isinstance(state, Screened):
        filed.append(_joined(petition, root, state, facts, now))
    if is_joined or isinstance(state, Registered):
        traits = Traits.model_validate(state.traits.model_dump())
        filed.append(PetitionKeptOnFile(petition=petition, traits=traits, repeat_of=message.of, basis=RULE))
    linked = link(Repeat(petition, message.of, state, facts.actor), facts.earlier, facts.district)
    return [*filed, *linked, *no_longer_owed(petition, state, facts, now)]


def _joined(petition: str, root: str, state: Screened, facts: Facts, now: datetime) -> PetitionJoined:
    if not isinstance(state.traits, CaseTraits):
        raise ValueError("an accepted petition has the traits of its acceptance")
    return PetitionJoined(
        petition=petition,
        into=root,
        traits=state.traits,
        by=facts.actor,
        joined_on=civil_date(now),
        acceptance=max(state.accepted, 1),
        basis=RULE,
    )


def reject(state: State, message: RejectRepeat, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The two have nothing to do with each other."""
    refused = _refused(state, message, facts)
    rejected = RepeatRejected(petition=message.petition, of=message.of, by=facts.actor)
    return refused or [rejected, *tell_offices(rejected, facts.actor, facts.district)]


def tell_assigned(
    state: State, message: CaseAssigned | CaseReassigned, facts: Facts, *, now: datetime
) -> Sequence[Output]:
    """Whoever is given a case is told of its repeats; of one that is about that unit, the petition office is.

    Of a case that is over nobody is told more.
    """
    if isinstance(message, CaseReassigned) and (message.before == message.unit or _is_over(state, message)):
        return []
    linked = state.linked if isinstance(state, Registered | Screened) else []
    if not facts.earlier.keys() >= {*linked}:
        # Linked since the round has looked.
        raise NotYet
    outputs: list[Output] = []
    for one in linked:
        repeat = facts.earlier[one]
        if not isinstance(repeat, Registered | Screened):
            continue
        if is_free(message.unit, repeat, facts.district):
            outputs += tell_handler(message.petition, one, message.unit)
        else:
            untold = RepeatLinked(petition=message.petition, repeat=one)
            outputs += [untold, *tell_offices(untold, facts.actor, facts.district)]
    return outputs


def tell_reopened(state: State, message: CaseReopened, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Whoever has a case again is told of the repeat that led to it; of one about that unit only the office knows."""
    if message.repeat is None or not isinstance(state, Screened) or message.unit in state.excluded:
        return []
    if message.repeat not in facts.earlier:
        # Linked since the round has looked.
        raise NotYet
    repeat = facts.earlier[message.repeat]
    if not isinstance(repeat, Registered | Screened) or not is_free(message.unit, repeat, facts.district):
        return []
    return tell_handler(message.petition, message.repeat, message.unit)


def _is_over(state: State, moved: CaseReassigned) -> bool:
    """Concluded meanwhile, or moved on already."""
    return not isinstance(state, Screened) or state.ended_at is not None or moved.move < state.move


def _refused(state: State, message: ConfirmRepeat | RejectRepeat, facts: Facts) -> list[Output]:
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    ours = is_ours(message.petition, facts.district) and is_ours(message.of, facts.district)
    if not ours or not isinstance(state, Registered | Screened) or message.of == message.petition:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.of not in facts.earlier or isinstance(facts.earlier[message.of], Erased | Sealed):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.of in state.repeats:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    return []
