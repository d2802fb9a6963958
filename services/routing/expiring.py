"""What falls due of a case, of its clocks, its letters, the superior's word: said once, at its own moment, however
late anybody looks. Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from xinfang_contracts.clocks import ClockRanOut, ClockWarned
from xinfang_contracts.district import Colour, District, LeaderRole, OfficeKind, WarnedRef
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.routing import CaseOverdue

from services.runtime.rules import Before, Notice, Output, Rule, is_ours

from .choosing import above
from .choosing.moving import managers
from .clocks.state import Running, next_at, warnings_left
from .facts import Facts
from .pressing import letters
from .state import Closed, Open, SentUp, State, due_at, evolve, running_in

_GRAVITY = list(Colour)
Said = Message | Notice


class CaseDue(Message):
    """Something of a case falls due now: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber


def caught_up(rule: Rule) -> Rule:
    """``rule``, and before its answer all that had fallen due when its message was sent.

    A tick may be late or lost: what a decision finds must not depend on that.
    """

    def decide(state: Any, message: Any, facts: Any, /, *, now: datetime) -> Sequence[Output]:
        if not is_ours(message.petition, facts.district):
            return rule(state, message, facts, now=now)
        said, state = _work_off(state, message, facts, now)
        outputs = rule(state, message, facts, now=now)
        # Whoever speaks may be tied, or have no part in the case: they are answered by the rule alone.
        return [*map(Before, said), *outputs] if said else outputs

    return decide


def expire(state: State, message: CaseDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say what of a case has fallen due by now."""
    return _work_off(state, message, facts, now)[0]


def _work_off(state: State, message: Any, facts: Facts, now: datetime) -> tuple[list[Said], State]:
    """Moment by moment, the earliest first."""
    said: list[Said] = []
    while (at := due_at(state)) is not None and at <= now:
        outputs = list(_due_at(state, message.petition, facts, at))
        for fact in outputs:
            if isinstance(fact, Message):
                state = evolve(state, fact, at)
        said += outputs
    return said, state


def _due_at(state: State, petition: str, facts: Facts, at: datetime) -> Iterator[Said]:
    district = facts.district
    if isinstance(state, SentUp):
        yield from above.expire(state, petition, district, at)
        return
    assert isinstance(state, Open | Closed)
    for one in running_in(state):
        due = next_at(one)
        if due is None or due > at:
            continue
        if one.clock.due_at <= at:
            yield from _ran_out(state, one, petition, district, at)
        else:
            yield from _warned(state, one, petition, district, at)
    yield from letters.expire(state, petition, facts, at)


def _ran_out(state: Open | Closed, one: Running, petition: str, district: District, at: datetime) -> Iterator[Said]:
    """The handling clock's first end makes the case overdue. It stays that, whatever a superior grants afterwards:
    what was promised was not kept. A second end is said as any other clock's, and counted no more.
    """
    fact: Message = ClockRanOut(petition=petition, unit=state.unit, clock=one.clock, at=at)
    told = [state.unit, *managers(district)]
    if isinstance(state, Open) and one.clock is state.clock and not state.overdue:
        fact = CaseOverdue(
            petition=petition, unit=state.unit, zone=state.zone, clock=state.clock, counted=state.counted
        )
        # Who would press it (规则22).
        told += letters.to_press(state, district)
    yield fact
    yield from (Notice(one, fact) for one in dict.fromkeys(told) if one not in state.hands.excluded)


def _warned(state: Open | Closed, one: Running, petition: str, district: District, at: datetime) -> Iterator[Said]:
    """The gravest that holds: where it is said first, milder ones would only be noise."""
    holding = [(moment, _GRAVITY.index(colour)) for colour, moment in warnings_left(one).items() if moment <= at]
    colour = _GRAVITY[max(holding)[1]]
    fact = ClockWarned(petition=petition, unit=state.unit, clock=one.clock, colour=colour, at=at)
    yield fact
    known = district.clocks.get(one.clock.name)
    told = next((warned.told for warned in known.warnings if warned.colour is colour), []) if known else []
    actors = dict.fromkeys(actor for ref in told for actor in _actors(ref, state, district))
    yield from (Notice(actor, fact) for actor in actors if actor not in state.hands.excluded)


def _actors(ref: WarnedRef, state: Open | Closed, district: District) -> Iterator[str]:
    unit = district.unit(state.unit)
    match ref:
        case "unit":
            yield state.unit
        case "case_management":
            yield from (office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT))
        case "zone_lead":
            yield from (zone.lead for zone in district.zones if zone.code == state.zone)
        case "assisting_member":
            members = district.leaders_of(LeaderRole.ASSISTING_MEMBER)
            linked = None if unit is None else unit.linked_office
            yield from (member.code for member in members if linked in member.offices)
        case "principal":
            yield from (leader.code for leader in district.leaders_of(LeaderRole.PRINCIPAL))
