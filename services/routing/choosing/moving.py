"""A case goes from one hand to another, or up: what is said, and who is told. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.message import DocumentRef, Message, PetitionNumber
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, Clock, Mode

from services.runtime.rules import Notice, Output

from ..clocks.arrangement import warn_of
from ..clocks.counting import start
from ..facts import Facts
from ..state import Open, SentUp, assigned_on
from .hands import Given
from .leaders import free
from .units import Choice, Question, choose

NOBODY_LEFT = "nobody_left"
CONCLUDED_BEFORE = "concluded_before"
"""A unit had concluded the case when it was moved away: it is that unit's all the same."""


@dataclass(frozen=True, slots=True)
class Move:
    """A case to be moved. given: what the choice rests on; excluded, objected, bounces: with what is said just now."""

    petition: PetitionNumber
    state: Open | SentUp
    given: Given
    excluded: Sequence[str]
    objected: Sequence[str]
    bounces: int
    now: datetime

    @classmethod
    def of(
        cls, petition: PetitionNumber, state: Open | SentUp, now: datetime, tied: str | None = None
    ) -> "Move | None":
        """The case as it stands, with one more tied; None where it is too old to be moved."""
        hands = state.hands
        if hands.given is None:
            return None
        excluded = sorted({*hands.excluded, *([tied] if tied else [])})
        return cls(petition, state, hands.given, excluded, hands.objected, hands.bounces, now)

    def question(self, facts: Facts) -> Question:
        """Whom it may go to."""
        return Question(facts.district, self.petition, self.given, self.excluded, self.objected, facts.loads)


def move_on(move: Move, facts: Facts) -> Sequence[Output]:
    """To the next free unit by the rules; up when nobody is left."""
    choice = choose(move.question(facts))
    return send_up(move, facts, NOBODY_LEFT) if choice is None else reassign(move, choice, facts)


def reassign(
    move: Move,
    choice: Choice,
    facts: Facts,
    *,
    by: str | None = None,
    document: DocumentRef | None = None,
) -> Sequence[Output]:
    """Another unit has it, or the same one with other hands beside it. Its clock goes on.

    ValueError for a unit that is tied: whoever chose it has not asked.
    """
    state, district = move.state, facts.district
    if choice.unit.code in move.excluded:
        raise ValueError("no case is given to a unit that is tied to it")
    zone = district.zone_of(choice.unit)
    before, before_zone, before_on = _before(state)
    clock = _clock(state, district, move.now)
    goes_on = clock is (state.clock if isinstance(state, Open) else state.handling)
    fact = CaseReassigned(
        petition=move.petition,
        traits=move.given.traits,
        unit=choice.unit.code,
        zone=zone.code if zone else None,
        mode=choice.mode,
        rule=choice.rule,
        reasons=[*choice.reasons],
        difficulty=choice.difficulty,
        assisting=[*choice.assisting],
        lead=choice.lead,
        before=before,
        before_zone=before_zone,
        before_on=before_on,
        bounces=move.bounces,
        clock=clock,
        counted_on=state.assigned_on if goes_on else None,
        excluded=[*move.excluded],
        acceptance=state.acceptance,
        move=state.hands.move + 1,
        by=by,
        document=document,
    )
    leads = _zone_leads(district, {before_zone, fact.zone})
    hands = [fact.unit, *fact.assisting, *([fact.lead] if fact.lead else [])]
    warned = [] if goes_on else warn_of(clock, facts, move.now)
    told = _tell(fact, [before, *_beside(state), *hands, *leads, *managers(district)], move.excluded)
    return [fact, *told, *warned]


def send_up(
    move: Move, facts: Facts, rule: str, *, superior: str | None = None, decides: bool = True
) -> Sequence[Output]:
    """To the common superior, which decides who handles it within its clock, or handles it itself."""
    state, district = move.state, facts.district
    before, before_zone, before_on = _before(state)
    fact = CaseSentUp(
        petition=move.petition,
        traits=move.given.traits,
        superior=superior or district.remit.superior,
        rule=rule,
        before=before,
        before_zone=before_zone,
        before_on=before_on,
        bounces=move.bounces,
        clock=superior_clock(district, move.now) if decides else None,
        excluded=[*move.excluded],
        acceptance=state.acceptance,
        move=state.hands.move + 1,
    )
    leads = _zone_leads(district, {before_zone})
    told = _tell(fact, [fact.superior, before, *_beside(state), *leads, *managers(district)], move.excluded)
    return [fact, *told, *([] if fact.clock is None else warn_of(fact.clock, facts, move.now))]


def superior_clock(district: District, now: datetime) -> Clock | None:
    """By when the superior is to decide; None where the district file names no clock."""
    name = district.handling.superior_clock
    return None if name is None else start(district, name, now)


def shown(fact: CaseAssigned | CaseReassigned | CaseSentUp) -> Message:
    """A fact as actors are told of it: who is tied is not for them to see."""
    return fact.model_copy(update={"excluded": []}) if fact.excluded else fact


def is_crossed_anew(fact: Message) -> TypeGuard[CaseAssigned | CaseReassigned]:
    """Whether a unit is given a case to cross by this fact; one that concluded it before is given nothing."""
    if not isinstance(fact, CaseAssigned | CaseReassigned) or fact.mode is not Mode.CROSSED:
        return False
    return isinstance(fact, CaseAssigned) or (fact.before != fact.unit and fact.rule != CONCLUDED_BEFORE)


def managers(district: District) -> list[str]:
    """案管室, by code."""
    return [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]


def principals(district: District, excluded: Iterable[str]) -> list[str]:
    """The principal, unless tied."""
    return free(district, [*excluded], (LeaderRole.PRINCIPAL,))


def _tell(fact: CaseReassigned | CaseSentUp, actors: Iterable[str], excluded: Sequence[str]) -> list[Output]:
    notice = shown(fact)
    return [Notice(actor, notice) for actor in dict.fromkeys(actors) if actor not in excluded]


def _before(state: Open | SentUp) -> tuple[str, str | None, date]:
    """Who has it, and on which day that was counted."""
    if isinstance(state, Open):
        return state.unit, state.zone, assigned_on(state)
    if state.since is None:
        raise ValueError("the case is older than moves")
    return state.superior, None, state.since


def _clock(state: Open | SentUp, district: District, now: datetime) -> Clock:
    """The handling clock goes on. A new one only where none ran, or it ran out while the superior had the case."""
    if isinstance(state, Open):
        return state.clock
    clock = state.handling
    stands = state.clocks.handling.is_suspended
    is_over = clock is not None and clock.due_at <= now and state.hands.lapsed is None and not stands
    return start(district, district.handling.clock, now) if clock is None or is_over else clock


def _beside(state: Open | SentUp) -> list[str]:
    return [*state.hands.assisting, *([state.hands.lead] if state.hands.lead else [])]


def _zone_leads(district: District, zones: Iterable[str | None]) -> list[str]:
    return [zone.lead for zone in district.zones if zone.code in {*zones}]
