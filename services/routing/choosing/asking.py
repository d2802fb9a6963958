"""What actors ask of a case's hands: a tie declared, an objection, a leader's change. Functions of values.

Who is tied is answered as if the petition were not there.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import Calendar, Clock, District, LeaderRole, OfficeKind, UnitKind
from xinfang_contracts.handling import (
    AssignmentObjected,
    ChangeHandling,
    DeclareTie,
    ObjectToAssignment,
    TieDeclared,
)
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.routing import Mode

from services.runtime.clock import due_at, start_of
from services.runtime.rules import Notice, Output, Refused, is_ours

from ..facts import Facts
from ..pressing import leaders
from ..state import Accepted, Closed, Open, SentUp, State, Withdrawn, assigned_on
from .hands import DESIGNATED
from .moving import Move, move_on, reassign, send_up
from .units import Choice, Question, in_mode, with_help

OBJECTIONS_SPENT = "objections_spent"
CHANGED = "changed_by_leader"


def declare_tie(state: State, message: DeclareTie, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """回避 (监察法67、规则48): who is tied has no part from now on; what was in their hands goes to others at once."""
    district = facts.district
    if facts.actor != message.actor and not _may_tell_of_others(facts.actor, district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    known = _known(state, message.petition, facts)
    if known is None:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.actor not in tieable(district):
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if message.actor in known.hands.excluded:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = TieDeclared(petition=message.petition, actor=message.actor, assigned=isinstance(known, Open | Closed))
    offices = [office.code for office in district.office_of_kind(OfficeKind.PETITION)]
    barred = {*known.hands.excluded, message.actor, facts.actor}
    outputs: list[Output] = [fact, *(Notice(office, fact) for office in offices if office not in barred)]
    owner = leaders.replace_tied(known, message.petition, message.actor, facts)
    if not isinstance(known, Open) or (message.actor not in _in_hand(known) and not owner):
        return outputs
    outputs += owner
    if message.actor != facts.actor:
        # Who has the case in hand must learn that it is out of hand; of anything else the tied hear nothing.
        outputs.append(Notice(message.actor, fact))
    move = Move.of(message.petition, known, now, tied=message.actor) if message.actor in _in_hand(known) else None
    return outputs if move is None else [*outputs, *_without(known, move, message.actor, facts)]


def _without(state: Open, move: Move, tied: str, facts: Facts) -> Sequence[Output]:
    """The case goes on without the tied one."""
    unit = facts.district.unit(state.unit)
    if tied == state.unit or unit is None:
        return move_on(move, facts)
    helped = with_help(move.question(facts), unit, state.hands.rule or "")
    alone = Choice(unit, Mode.UNIT, state.hands.rule or "")
    return reassign(move, helped or alone, facts)


def object_to(state: State, message: ObjectToAssignment, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """异议 (条例23): at once to the next free unit, so often as it may; then the superior decides."""
    district = facts.district
    known = _known(state, message.petition, facts)
    if known is None:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if isinstance(known, SentUp) or known.unit != facts.actor:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(known, Open) or known.hands.rule == DESIGNATED:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if district.handling.objection_clock is None:
        return [Refused(RefusalReason.NOT_SET_UP)]
    limit = district.clocks[district.handling.objection_clock]
    if _given_until(known, limit, district.calendar) <= now:
        return [Refused(RefusalReason.TOO_LATE)]
    move = Move.of(message.petition, known, now)
    if move is None:
        return [Refused(RefusalReason.TOO_OLD)]
    fact = AssignmentObjected(
        petition=message.petition,
        unit=known.unit,
        zone=known.zone,
        reason=message.reason,
        document=message.document,
        bounces=known.hands.bounces + 1,
    )
    objected = sorted({*move.objected, known.unit})
    bounced = Move(move.petition, known, move.given, move.excluded, objected, fact.bounces, now)
    if known.hands.bounces >= district.handling.bounces:
        return [fact, *send_up(bounced, facts, OBJECTIONS_SPENT)]
    return [fact, *move_on(bounced, facts)]


def change(state: State, message: ChangeHandling, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A leader decides otherwise, with a reason: never one who is tied, never for a unit that is."""
    district = facts.district
    known = _known(state, message.petition, facts)
    if known is None:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if not _may_change(known, facts.actor, district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(known, Open):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    move = Move.of(message.petition, known, now)
    if move is None:
        return [Refused(RefusalReason.TOO_OLD)]
    question = move.question(facts)
    choice = in_mode(question, message.mode) if message.unit is None else _named(question, message.mode, message.unit)
    if isinstance(choice, Refused):
        return [choice]
    if choice is None:
        return [Refused(RefusalReason.TIED)]
    if (choice.unit.code, choice.mode) == (known.unit, known.hands.mode):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    reasons = (str(message.reason),)
    changed = Choice(choice.unit, choice.mode, CHANGED, reasons, None, choice.assisting, choice.lead)
    return reassign(move, changed, facts, by=facts.actor, document=message.document)


def _named(question: Question, mode: Mode, code: str) -> Choice | Refused | None:
    """The unit that the leader names, if it can handle a case so; what has objected may be asked again by a person."""
    unit = question.district.unit(code)
    if unit is None:
        return Refused(RefusalReason.UNKNOWN_UNIT)
    if code in question.excluded:
        return Refused(RefusalReason.TIED)
    is_organ = unit.kind is UnitKind.ORGAN
    is_home = unit in question.homes()
    if is_organ is not (mode in (Mode.OWN, Mode.TAKE_UP)) or (mode is Mode.CROSSED and is_home):
        return Refused(RefusalReason.CONTRADICTORY)
    if mode is Mode.ZONE_ASSISTED:
        return with_help(question, unit, CHANGED) or Refused(RefusalReason.CONTRADICTORY)
    return Choice(unit, mode, CHANGED)


def _may_change(state: Open | Closed | SentUp | Withdrawn, actor: str, district: District) -> bool:
    """The principal always; a deputy secretary what is in the zone, or comes from there and is in no other."""
    role = next((leader.role for leader in district.leaders if leader.code == actor), None)
    if role is not LeaderRole.DEPUTY_SECRETARY or not isinstance(state, Open):
        return role is LeaderRole.PRINCIPAL
    given = state.hands.given
    town = None if given is None else given.traits.town
    for zone in district.zones:
        is_here = zone.code == state.zone if state.zone is not None else town in zone.towns
        if is_here and zone.lead == actor:
            return True
    return False


def _known(state: State, petition: PetitionNumber, facts: Facts) -> Open | Closed | SentUp | Withdrawn | None:
    """The case, for who may know of it."""
    if state is None or isinstance(state, Accepted) or not is_ours(petition, facts.district):
        return None
    return None if facts.actor in state.hands.excluded else state


def _in_hand(state: Open) -> list[str]:
    return [state.unit, *state.hands.assisting, *([state.hands.lead] if state.hands.lead else [])]


def _may_tell_of_others(actor: str, district: District) -> bool:
    offices = [office.code for office in district.office_of_kind(OfficeKind.PETITION)]
    return actor in offices or actor in {leader.code for leader in district.leaders}


def tieable(district: District) -> list[str]:
    """Whom a tie may exclude: units, offices and leaders. The superior is the last resort."""
    return [one.code for group in (district.units, district.offices, district.leaders) for one in group]


def _given_until(case: Open, limit: Clock, calendar: Calendar) -> datetime:
    """Until when the unit that has a case may say that it is not its own."""
    return due_at(case.hands.since or start_of(assigned_on(case)), limit, calendar)
