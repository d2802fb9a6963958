"""Routing's rules: recusal first, then unit and clock. Functions of values."""

from collections.abc import Sequence
from datetime import date, datetime

from xinfang_contracts.clocks import ClockStopped
from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import CaseTraits, PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.repeats import PetitionJoined
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn, Mode
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import AssignmentCorrected, TraitsCorrected

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output

from .choosing import above
from .choosing.hands import given_by
from .choosing.moving import CONCLUDED_BEFORE, NOBODY_LEFT, Move, managers, reassign, shown, superior_clock
from .choosing.units import Choice, Question, choose
from .clocks.arrangement import warn_of
from .clocks.beginning import handling_clock
from .clocks.rules import extend_from_above, stop_all
from .facts import Facts
from .pressing import hearings, leaders
from .pressing.people import tell
from .state import (
    Accepted,
    Closed,
    Open,
    Parts,
    SentUp,
    State,
    Withdrawn,
    assigned_on,
    handling_in,
    holder_of,
    is_about,
    is_new,
    is_superior,
    overdue_on,
)


def assign(state: State, message: PetitionAccepted, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Give an accepted petition its one handling unit and start its clock; send it up when nobody is left.

    One that was returned and is accepted again is a new case, once the earlier one is given up; whoever was tied then
    stays tied.
    """
    if isinstance(state, Open) and message.acceptance > state.acceptance:
        raise NotYet
    if isinstance(state, SentUp) and message.acceptance > state.acceptance:
        raise NotYet
    if not is_new(state, message):
        return []
    district = facts.district
    earlier = state.hands.excluded if isinstance(state, Closed | Withdrawn) else []
    excluded = sorted(tied_by(message, district).union(earlier))
    question = Question(district, message.petition, given_by(message), excluded, loads=facts.loads)
    choice = choose(question)
    if choice is None:
        superior = district.remit.superior
        up = CaseSentUp(
            petition=message.petition,
            traits=message.traits,
            superior=superior,
            rule=NOBODY_LEFT,
            clock=superior_clock(district, now),
            excluded=excluded,
            acceptance=message.acceptance,
        )
        warned = [] if up.clock is None else warn_of(up.clock, facts, now)
        return [up, Notice(superior, shown(up)), *warned]
    zone = district.zone_of(choice.unit)
    clock = handling_clock(district, message, now)
    assigned = CaseAssigned(
        petition=message.petition,
        traits=message.traits,
        unit=choice.unit.code,
        zone=zone.code if zone else None,
        mode=choice.mode,
        clock=clock,
        rule=choice.rule,
        excluded=excluded,
        acceptance=message.acceptance,
        reasons=[*choice.reasons],
        difficulty=choice.difficulty,
        assisting=[*choice.assisting],
        lead=choice.lead,
    )
    told, notice = [choice.unit.code, *choice.assisting, *([choice.lead] if choice.lead else [])], shown(assigned)
    at_once = [*leaders.name_at_once(message, assigned, facts), *hearings.call_at_once(message, assigned, facts)]
    return [assigned, *(Notice(actor, notice) for actor in told), *warn_of(clock, facts, now), *at_once]


def may_go_up(message: PetitionAccepted, district: District) -> bool:
    """Whether a first acceptance leads to the superior: then its clock begins, and not the unit's."""
    return choose(Question(district, message.petition, given_by(message), tied_by(message, district))) is None


def may_cross(message: PetitionAccepted, district: District) -> bool:
    """Whether a first acceptance leads to a crossed case, and so has to know who was given how many."""
    question = Question(district, message.petition, given_by(message), tied_by(message, district))
    choice = choose(question)
    return choice is not None and choice.mode is Mode.CROSSED


def tied_by(accepted: PetitionAccepted, district: District) -> set[str]:
    """Who has no part in it: those named, the accused's unit, and leaders who once held a post there."""
    accused = accepted.accused_unit
    return {*accepted.excluded, *([accused] if accused else []), *district.formerly_of(accused)}


def hear_superior(state: State, message: SuperiorDecided, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """What the superior has said: who handles a case, that it handles it itself, more time. Each rule knows its own."""
    outputs = [*extend_from_above(state, message, facts, now=now), *above.hear(state, message, facts, now=now)]
    back = next((one for one in outputs if isinstance(one, CaseReassigned)), None)
    if back is None or not isinstance(state, SentUp) or state.hands.given is None:
        return outputs
    if state.pressing is not None and state.pressing.leader is not None:
        return outputs
    # Whatever presses a case on begins with its first unit, also where the superior had to name it.
    outputs += leaders.name_at_once(state.hands.given, back, facts)
    return [*outputs, *(hearings.call_at_once(state.hands.given, back, facts) if state.handling is None else [])]


def give_up(
    state: State, message: PetitionReturned | PetitionJoined, facts: Facts, *, now: datetime
) -> Sequence[Output]:
    """What went back (规则17), or goes on in another case (规则14), is no case any more; its unit and case management
    are told.
    """
    if state is None or (isinstance(state, Open | SentUp) and message.acceptance > state.acceptance):
        raise NotYet
    if not isinstance(state, Open | SentUp | Closed) or message.acceptance < state.acceptance:
        return []
    since = (assigned_on(state) if isinstance(state, Open) else state.since) or civil_date(now)
    withdrawn = CaseWithdrawn(
        petition=message.petition,
        traits=message.traits,
        unit=holder_of(state),
        zone=None if isinstance(state, SentUp) else state.zone,
        assigned_on=since,
        withdrawn_on=civil_date(now),
        acceptance=state.acceptance,
        overdue_on=state.overdue_on if isinstance(state, Closed) else overdue_on(state),
        overdue_unit=state.hands.lapsed.unit if state.hands.lapsed else None,
        overdue_zone=state.hands.lapsed.zone if state.hands.lapsed else None,
    )
    told = [withdrawn.unit, *state.hands.assisting, *managers(facts.district)]
    notices = [Notice(one, withdrawn) for one in told if one not in state.hands.excluded]
    return [withdrawn, *notices, *stop_all(state, message.petition, "withdrawn")]


def close(state: State, message: CaseConcluded, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A concluded case's clocks stop. What review says of an earlier acceptance's case is not about this one.

    What was moved while its unit's last signature was given is that unit's all the same: it goes back into its name.
    Not to one that was moved away because it is tied (监察法67): then it ends where it is, and who has it is told.
    """
    if state is None or (message.acceptance or 0) > state.acceptance:
        raise NotYet
    if isinstance(state, Withdrawn):
        return []  # given up before it was concluded, however often review has reopened it since
    if isinstance(state, Parts) and is_about(state, message) and message.reopenings != state.hands.reopenings:
        if message.reopenings > state.hands.reopenings:
            raise NotYet
        return []  # the conclusion that a reopening has ended
    if not is_about(state, message) or not isinstance(state, Open | SentUp):
        return []
    if message.unit in state.hands.excluded:
        return [*_over(state, message, facts), *stop_all(state, message.petition, "concluded")]
    return [*_back_to(state, message, facts, now), *stop_all(state, message.petition, "concluded")]


def _over(state: Open | SentUp, message: CaseConcluded, facts: Facts) -> Sequence[Output]:
    """Whoever has it has nothing more to do: of another unit's conclusion nobody else tells them."""
    found = handling_in(state)
    if found is None:
        return []
    unit = holder_of(state)
    fact = ClockStopped(petition=message.petition, unit=unit, clock=found.clock, reason="concluded")
    lead = [state.hands.lead] if state.hands.lead else []
    return tell(fact, [unit, *state.hands.assisting, *lead, *managers(facts.district)], state.hands.excluded)


def _back_to(state: Open | SentUp, message: CaseConcluded, facts: Facts, now: datetime) -> Sequence[Output]:
    if isinstance(state, Open) and state.unit == message.unit:
        return []
    if isinstance(state, SentUp) and state.handling is None:
        return []
    move, unit = Move.of(message.petition, state, now), facts.district.unit(message.unit)
    if move is None or unit is None:
        return []
    mode = above.mode_of(move.question(facts), unit.code)
    return reassign(move, Choice(unit, mode, CONCLUDED_BEFORE), facts)


def correct(state: State, message: TraitsCorrected, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A petition's traits were corrected: so is what routing has said of its case. Who handles it stays."""
    before, after = message.before, message.after
    if not isinstance(before, CaseTraits) or not isinstance(after, CaseTraits):
        return []
    where: tuple[str | None, str | None, date, date | None]
    match state:
        case None | Withdrawn() | Accepted():
            raise NotYet
        case Open():
            where = (state.unit, state.zone, assigned_on(state), overdue_on(state))
        case Closed(since=date() as since):
            # As figures have it: what ended with a superior was sent up, and is no unit's.
            where = (None if is_superior(state.unit) else state.unit, state.zone, since, state.overdue_on)
        case SentUp(since=date() as since):
            where = (None, None, since, overdue_on(state))
        case _:
            raise ValueError("the case is older than corrections")
    unit, zone, since, overdue = where
    lapsed = state.hands.lapsed
    return [
        AssignmentCorrected(
            petition=message.petition,
            before=before,
            after=after,
            unit=unit,
            zone=zone,
            since=since,
            overdue_on=overdue,
            overdue_unit=lapsed.unit if lapsed else None,
            overdue_zone=lapsed.zone if lapsed else None,
            corrected_on=message.corrected_on,
        )
    ]
