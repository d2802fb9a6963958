"""Who presses, and who is told: always without whoever is tied. Functions of values."""

from collections.abc import Iterable
from dataclasses import dataclass

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message

from services.runtime.rules import Notice, Refused, is_ours

from ..facts import Facts
from ..state import Closed, Open, Parts, State, Withdrawn

UNKNOWN = Refused(RefusalReason.UNKNOWN_PETITION)
NOT_ENTITLED = Refused(RefusalReason.NOT_ENTITLED)


def tied(state: State) -> list[str]:
    """Who has no part in a case."""
    return state.hands.excluded if isinstance(state, Parts) else []


def unit_of(state: State) -> str | None:
    """The unit that handles a case, or has."""
    return state.unit if isinstance(state, Open | Closed | Withdrawn) else None


def zone_of(state: State) -> str | None:
    """The case's zone."""
    return state.zone if isinstance(state, Open | Closed) else None


def is_hidden(state: State, petition: str, facts: Facts) -> bool:
    """Whether an actor is to be answered as if the petition were not there.

    One that routing does not know is answered at once, and in the same words: whoever waited would learn that it is
    there.
    """
    return state is None or facts.actor in tied(state) or not is_ours(petition, facts.district)


def zone_lead(district: District, zone: str | None) -> str | None:
    """The deputy secretary of a zone."""
    return next((one.lead for one in district.zones if one.code == zone), None)


def principals(district: District) -> list[str]:
    """主要负责同志."""
    return [one.code for one in district.leaders_of(LeaderRole.PRINCIPAL)]


def offices(district: District, *kinds: OfficeKind) -> list[str]:
    """Offices of these kinds."""
    return [office.code for kind in kinds for office in district.office_of_kind(kind)]


def free(actors: Iterable[str | None], barred: Iterable[str]) -> list[str]:
    """Each once, in order, without whoever is barred."""
    without = {None, *barred}
    return [one for one in dict.fromkeys(actors) if one is not None and one not in without]


def tell(fact: Message, actors: Iterable[str | None], barred: Iterable[str]) -> list[Message | Notice]:
    """The fact, and a notice to each who is free."""
    return [fact, *(Notice(actor, fact) for actor in free(actors, barred))]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A case that can be pressed: with a unit, in hand or concluded."""

    unit: str
    zone: str | None
    tied: list[str]
    leader: str | None


def pressed(state: State) -> Pressed | None:
    """The case, where a unit has it or had it to its end."""
    if not isinstance(state, Open | Closed):
        return None
    leader = None if state.pressing is None else state.pressing.leader
    return Pressed(state.unit, state.zone, tied(state), leader)
