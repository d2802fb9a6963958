"""The mediation hall: opened, settled, failed and then perhaps a petition. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.mediation import (
    FailMediation,
    LinkMediation,
    MediationFailed,
    MediationHandedOver,
    MediationOpened,
    MediationSettled,
    OpenMediation,
    SettleMediation,
)

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Output, Refused

from ..state import Sealed
from .facts import (
    EraseItem,
    Facts,
    HandedOver,
    is_petition_office,
    is_town,
    may_work_in,
    misplaced,
    missing,
    placed,
    ref_of,
    required,
    seal_words,
    shelve,
    unnamed,
)
from .state import Failed, Opened, Settled, State


def open_(_state: State, message: OpenMediation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A quarrel is brought to the hall of a town."""
    if not may_work_in(facts, message.town):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not is_town(message.town, facts.district) or misplaced(facts, message.town):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    if message.on > civil_date(now):
        return [Refused(RefusalReason.TOO_EARLY)]
    fact = MediationOpened(
        item=facts.number,
        town=message.town,
        on=message.on,
        mediators=list(dict.fromkeys(message.mediators)),
        document=required(facts).ref,
    )
    return [fact, *shelve(facts.number, facts), *placed(facts.number, facts)]


def settle(state: State, message: SettleMediation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The two sides agree."""
    if refused := _not_open(state, message, facts, now):
        return [refused]
    fact = MediationSettled(item=message.item, town=_town(state), on=message.on, document=ref_of(facts))
    return [fact, *shelve(message.item, facts)]


def fail(state: State, message: FailMediation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """They do not; what they may do next is theirs to choose."""
    if refused := _not_open(state, message, facts, now):
        return [refused]
    fact = MediationFailed(item=message.item, town=_town(state), on=message.on, document=ref_of(facts))
    return [fact, *shelve(message.item, facts)]


def link(state: State, message: LinkMediation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office has handed in what failed, and says as which petition.

    Its words are that petition's from now on: of a sealed one they leave for its reader, and are destroyed here.
    """
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Failed):
        is_open = isinstance(state, Opened)
        return [Refused(RefusalReason.TOO_EARLY if is_open else RefusalReason.UNKNOWN_ITEM)]
    if state.petition is not None:
        return [] if state.petition == message.petition else [Refused(RefusalReason.ALREADY_DECIDED)]
    if refused := unnamed(message.petition, facts):
        return [refused]
    fact = MediationHandedOver(item=message.item, town=_town(state), petition=message.petition)
    linked = Keep(HandedOver(message.item, message.petition))
    if not isinstance(facts.petitions[message.petition], Sealed) or not state.documents:
        return [fact, linked]
    if facts.sealed is None or not facts.sealed.documents.issuperset(state.documents):
        raise NotYet  # written in this very round: not yet in the vault, and would be destroyed unsent
    return [fact, linked, *seal_words(message.petition, facts.sealed, facts, now), Keep(EraseItem(message.item))]


def _not_open(state: State, message: SettleMediation | FailMediation, facts: Facts, now: datetime) -> Refused | None:
    if refused := missing(state, message.item, facts.district):
        return refused
    if isinstance(state, Settled | Failed):
        return Refused(RefusalReason.ALREADY_DECIDED)
    if not isinstance(state, Opened):
        return Refused(RefusalReason.UNKNOWN_ITEM)
    if not may_work_in(facts, state.town):
        return Refused(RefusalReason.NOT_ENTITLED)
    return Refused(RefusalReason.TOO_EARLY) if message.on > civil_date(now) else None


def _town(state: State) -> str:
    if not isinstance(state, Opened | Failed) or state.town is None:
        raise ValueError("a mediation has a town")
    return state.town
