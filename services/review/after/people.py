"""Who may say what of a concluded case, and who is told: always without whoever is tied. Functions of values."""

from collections.abc import Callable, Iterable
from typing import Protocol

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message, PetitionNumber

from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused, is_ours

from ..facts import Facts
from ..state import Above, Awaiting, Concluded, Handled, State, UnderReview, Withdrawn
from .state import NOTHING, After

NOT_YOUR_TURN = Refused(RefusalReason.NOT_YOUR_TURN)
Known = Awaiting | UnderReview | Concluded | Withdrawn | Above


class Concerning(Protocol):
    """A message about a petition."""

    @property
    def petition(self) -> PetitionNumber: ...


def after_of(case: Handled) -> After:
    """What is known of a case's time after its conclusion."""
    return case.after or NOTHING


def petition_offices(district: District) -> list[str]:
    """信访室, by code."""
    return [office.code for office in district.office_of_kind(OfficeKind.PETITION)]


def entering(case: Handled, district: District) -> list[str]:
    """Who has to do with the reporter: the unit, and the petition office."""
    return [case.unit, *petition_offices(district)]


def leading(case: Handled, district: District) -> list[str]:
    """Whose approval sends a result up (规则23): the principal; any other of the leadership where that one is tied; the
    superior where nobody here is free.
    """
    principals = [one.code for one in district.leaders_of(LeaderRole.PRINCIPAL) if one.code not in case.excluded]
    others = [one.code for one in district.leaders if one.code not in case.excluded]
    return principals or others or [district.remit.superior]


def tell(fact: Message, actors: Iterable[str], case: Handled, by: str = "") -> list[Output]:
    """The fact, and a notice to each who is free; whoever has just said it is answered with it."""
    barred = {*case.excluded, by}
    return [fact, *(Notice(one, fact) for one in dict.fromkeys(actors) if one not in barred)]


def known(
    state: State, message: Concerning, facts: Facts, entitled: Callable[[Handled, District], Iterable[str]]
) -> Known | Refused:
    """The case, or why its speaker may not speak of it. A stranger learns nothing of how far it is. NotYet."""
    if not is_ours(message.petition, facts.district):
        return Refused(RefusalReason.UNKNOWN_PETITION)
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return Refused(RefusalReason.UNKNOWN_PETITION)
    if facts.actor not in entitled(state.case, facts.district):
        return Refused(RefusalReason.NOT_ENTITLED)
    return Refused(RefusalReason.ERASED) if after_of(state.case).erased else state


def concluded(
    state: State, message: Concerning, facts: Facts, entitled: Callable[[Handled, District], Iterable[str]]
) -> Concluded | Refused:
    """The concluded case, or why its speaker may not speak of it now."""
    found = known(state, message, facts, entitled)
    if isinstance(found, Concluded) and found.concluded_on is None:
        # Concluded before conclusions had a day: nothing of it could be counted back.
        return Refused(RefusalReason.TOO_OLD)
    return found if isinstance(found, Concluded | Refused) else NOT_YOUR_TURN
