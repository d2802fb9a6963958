"""What every step of a clarification asks first: whose case, by whom, whether it stands concluded. Pure."""

from typing import Protocol

from xinfang_contracts.district import Clarifying as Settings
from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.review import Outcome

from services.runtime.errors import NotYet
from services.runtime.rules import Refused, is_ours

from ..facts import Facts
from ..state import Concluded, State
from .people import Who
from .state import NOTHING, Clarification, Clarifying, Stage

UNFOUNDED = (Outcome.UNFOUNDED, Outcome.PARTLY_PROVED)
"""What can be cleared up: all of it, or the part that was unfounded. What could not be proved was not disproved."""


class Concerning(Protocol):
    """A message about a petition."""

    @property
    def petition(self) -> PetitionNumber: ...


def settings_of(district: District) -> Settings:
    """ValueError where a district makes none: nothing gets so far there."""
    settings = district.review.clarification
    if settings is None:
        raise ValueError("the district file says nothing of clarifications")
    return settings


def not_known(state: State, message: Concerning, facts: Facts) -> Refused | None:
    """Why somebody is answered as if the case were not there. NotYet before review has heard of it."""
    if not is_ours(message.petition, facts.district):
        return Refused(RefusalReason.UNKNOWN_PETITION)
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return Refused(RefusalReason.UNKNOWN_PETITION)
    return None


def concluded_for(who: Who, state: State, message: Concerning, facts: Facts) -> Concluded | Refused:
    """The concluded case, for the one whose step it is; or why it is refused. A stranger learns nothing of the case."""
    if refused := not_known(state, message, facts):
        return refused
    assert state is not None
    if facts.district.review.clarification is None:
        return Refused(RefusalReason.NOT_SET_UP)
    if facts.actor != who(facts.district, state.case):
        return Refused(RefusalReason.NOT_ENTITLED)
    if not isinstance(state, Concluded):
        return Refused(RefusalReason.NOT_YOUR_TURN)
    return state


def standing(state: Concluded, number: int, *stages: Stage) -> Clarification | Refused:
    """The clarification, where it is at one of these stages; or why it is refused."""
    one = part_of(state).of(number)
    if one is None:
        return Refused(RefusalReason.UNKNOWN_ITEM)
    if one.stage in stages:
        return one
    is_early = ORDER.index(one.stage) < min(ORDER.index(stage) for stage in stages)
    return Refused(RefusalReason.NOT_YOUR_TURN if is_early else RefusalReason.ALREADY_DECIDED)


def part_of(state: Concluded) -> Clarifying:
    """What is known of the case's clarifications."""
    return state.case.clarifying or NOTHING


ORDER: tuple[Stage, ...] = ("proposed", "assessed", "checked", "approved", "made", "filed", "refused", "stopped")
