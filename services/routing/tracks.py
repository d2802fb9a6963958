"""Two tracks of one petition: discipline, which is the case itself, and substance. Functions of values.

It is settled only when both are done: review refuses a settlement while the substance track is open, and here none is
opened after a settlement. Where the two cross each other on the way, the reporter's word stands: the track lapses.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.review import CaseSettled
from xinfang_contracts.tracks import OpenTrack, RecordTrack, TrackOpened, TrackRecorded

from services.runtime.errors import NotYet
from services.runtime.rules import Output, Refused

from .facts import Facts
from .pressing.people import NOT_ENTITLED, UNKNOWN, is_hidden, offices, tell, tied, unit_of
from .state import Closed, Open, Parts, State, Withdrawn
from .tracked import Substance


def discipline(state: State) -> Literal["in_hand", "concluded"] | None:
    """How the discipline track stands; None where there is none here."""
    match state:
        case Open():
            return "in_hand"
        case Closed():
            return "concluded"
        case _:
            return None


def substance(state: State) -> Substance | None:
    """The substance track; None where there is none."""
    return state.tracks.substance if isinstance(state, Parts) and state.tracks is not None else None


def open_track(state: State, message: OpenTrack, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit or the petition office gives the reporter's own claim to whoever can see to it."""
    if is_hidden(state, message.petition, facts):
        return [UNKNOWN]
    if facts.actor not in _entering(state, facts.district):
        return [NOT_ENTITLED]
    if not isinstance(state, Open | Closed):
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if substance(state) is not None or _is_settled(state):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if not _may_hold(message.holder, facts.district):
        return [Refused(RefusalReason.UNKNOWN_RECEIVER)]
    if message.holder in tied(state):
        return [Refused(RefusalReason.TIED, details=(message.holder,))]
    fact = TrackOpened(
        petition=message.petition,
        track=message.track,
        holder=message.holder,
        basis=message.basis,
        document=message.document,
        by=facts.actor,
        acceptance=state.acceptance,
    )
    return tell(fact, _told(state, message.holder, facts.district), [*tied(state), facts.actor])


def record(state: State, message: RecordTrack, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """How it stands: said by whoever sees to it, by the unit, or entered by the petition office."""
    if is_hidden(state, message.petition, facts):
        return [UNKNOWN]
    track = substance(state)
    if facts.actor not in _entering(state, facts.district) and (track is None or facts.actor != track.holder):
        return [NOT_ENTITLED]
    if track is None or not isinstance(state, Open | Closed):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not track.is_open:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = TrackRecorded(
        petition=message.petition,
        track=message.track,
        state=message.state,
        holder=track.holder,
        document=message.document,
        yuan=message.yuan,
        by=facts.actor,
        acceptance=state.acceptance,
    )
    return tell(fact, _told(state, track.holder, facts.district), [*tied(state), facts.actor])


def settle(state: State, message: CaseSettled, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reporter confirmed before review knew of a track that was opened here: the track lapses."""
    is_earlier = isinstance(state, Parts) and message.acceptance is not None and message.acceptance < state.acceptance
    is_undone = isinstance(state, Parts) and message.reopenings < state.hands.reopenings
    if isinstance(state, Withdrawn) or is_earlier or is_undone:
        return []
    if not isinstance(state, Closed) or (message.acceptance or 0) > state.acceptance:
        raise NotYet
    track = substance(state)
    if track is None or not track.is_open or _is_settled(state):
        return []
    fact = TrackRecorded(
        petition=message.petition,
        track="substance",
        state="lapsed",
        holder=track.holder,
        rule="settled_first",
        acceptance=state.acceptance,
    )
    return tell(fact, _told(state, track.holder, facts.district), tied(state))


def _is_settled(state: Open | Closed) -> bool:
    return state.tracks is not None and state.tracks.settled


def _entering(state: State, district: District) -> list[str | None]:
    return [unit_of(state), *offices(district, OfficeKind.PETITION)]


def _may_hold(code: str, district: District) -> bool:
    return district.unit(code) is not None or code in {one.code for one in district.receivers}


def _told(state: State, holder: str, district: District) -> list[str | None]:
    return [*_entering(state, district), holder if district.unit(holder) else None]
