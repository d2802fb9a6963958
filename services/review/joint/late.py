"""Who has not spoken in time: said once a period, to the late one and to those who see to it. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.reporting import Asked as AskedOne
from xinfang_contracts.reporting import Asking
from xinfang_contracts.review import OpinionOverdue, OpinionsAsked

from services.runtime.calendar import revision
from services.runtime.clock import civil_date
from services.runtime.rules import Notice, Output

from ..facts import Facts
from ..signing.trail import linked
from ..state import State, UnderReview
from .places import due_after, next_due, offices, steps_of, tell, waited_for
from .state import Asked, CaseRecounted


class Concerning(Protocol):
    """A message about a petition."""

    @property
    def petition(self) -> PetitionNumber: ...


def overdue_at(state: State) -> datetime | None:
    """When the next one is to be called late; None where nobody is waited for, or all has been said."""
    if not isinstance(state, UnderReview):
        return None
    return min((one.next_at for one in state.asked.values() if one.next_at is not None), default=None)


def counted_by(state: State) -> str | None:
    """By which calendar the days of those asked were counted; empty where they never were, None where nobody is."""
    return state.calendar if isinstance(state, UnderReview) else None


@linked
def remind(state: State, message: Concerning, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say who is late by now."""
    return late(state, message.petition, facts.district, now)


def late(state: State, petition: str, district: District, now: datetime) -> list[Output]:
    """Of everybody whose turn it is, all that has fallen due by now, each at its own moment and the earliest first."""
    if not isinstance(state, UnderReview):
        return []
    said = [one for actor, asked in state.asked.items() for one in _late(actor, asked, petition, state, district, now)]
    said.sort(key=lambda fact: fact.due_at)
    outputs: list[Output] = []
    for fact in said:
        outputs += [fact, *_told(fact, state, district)]
    return outputs


def _late(
    actor: str, asked: Asked, petition: str, state: UnderReview, district: District, now: datetime
) -> Iterator[OpinionOverdue]:
    at, times = asked.next_at, asked.times
    while at is not None and at <= now:
        times += 1
        following = next_due(at, actor, district) if times < district.review.reminders else None
        yield OpinionOverdue(
            petition=petition, version=state.version, actor=actor, due_at=at, times=times, next_at=following
        )
        at = following


def _told(fact: OpinionOverdue, state: UnderReview, district: District) -> Iterator[Notice]:
    """The last time the principal as well, or whoever of the leadership is free in their stead."""
    told = [fact.actor, *offices(district, OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT)]
    barred = {*state.case.excluded, state.case.unit}
    if fact.next_at is None:
        roles = (LeaderRole.PRINCIPAL, LeaderRole.DEPUTY_SECRETARY, LeaderRole.ASSISTING_MEMBER)
        leaders = [leader.code for role in roles for leader in district.leaders_of(role)]
        told += [one for one in leaders if one not in {*barred, fact.actor}][:1]
    return (Notice(one, fact) for one in dict.fromkeys(told) if one not in barred)


@linked
def recount(state: State, message: CaseRecounted, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A corrected calendar moves what is not yet late; what was said stays said. Whoever has another day is told.

    A version that was handed in before there were clocks gets its days now.
    """
    if not isinstance(state, UnderReview) or facts.district.unit(state.case.unit) is None:
        return []
    waiting = waited_for(steps_of(facts.district, state.case), state.given)
    by = [_counted(actor, state.asked.get(actor), facts.district, now) for actor in waiting]
    moved = [one.actor for one in by if one.due_at != getattr(state.asked.get(one.actor), "due_at", None)]
    if not moved:
        return []
    asking = Asking(by=by, calendar=revision(facts.district.calendar))
    fact: Message = OpinionsAsked(petition=message.petition, version=state.version, asking=asking, reason="calendar")
    return [fact, *tell(moved, fact)]


def _counted(actor: str, asked: Asked | None, district: District, now: datetime) -> AskedOne:
    if asked is not None and asked.times:
        return AskedOne(actor=actor, due_at=asked.due_at)
    since = now if asked is None else asked.since
    return AskedOne(actor=actor, due_at=due_after(civil_date(since), actor, district))
