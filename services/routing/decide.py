"""Routing's rules: recusal first, then unit and clock. Functions of values."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinfang_contracts.district import District, OfficeKind, Unit, UnitKind
from xinfang_contracts.intake import CaseTraits, PetitionAccepted
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, CaseWithdrawn, Clock, Mode
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import AssignmentCorrected, TraitsCorrected

from services.runtime.clock import civil_date, due_at
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output

from .facts import Facts
from .pressing import hearings, leaders, letters, people
from .state import Closed, Open, SentUp, State, Withdrawn, overdue_on


class CaseDue(Message):
    """Something of a case falls due now: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit, how it handles the case, and the id of the rule that chose it."""

    unit: Unit
    mode: Mode
    rule: str


def assign(state: State, message: PetitionAccepted, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Give an accepted petition its one handling unit and start its clock; send it up when nobody is left.

    One that was returned and is accepted again is a new case, once the earlier one is given up.
    """
    if isinstance(state, Open) and message.acceptance > state.acceptance:
        raise NotYet
    is_anew = isinstance(state, Withdrawn | Closed) and message.acceptance > state.acceptance
    if state is not None and not is_anew:
        return []
    district = facts.district
    choice = choose_unit(district, message)
    if choice is None:
        superior = district.remit.superior
        up = CaseSentUp(petition=message.petition, traits=message.traits, superior=superior, rule="nobody_left")
        up = up.model_copy(update={"excluded": sorted(_excluded(message))})
        return [up, Notice(superior, up)]
    zone = district.zone_of(choice.unit)
    limit = district.clocks[district.handling.clock]
    assigned = CaseAssigned(
        petition=message.petition,
        traits=message.traits,
        unit=choice.unit.code,
        zone=zone.code if zone else None,
        mode=choice.mode,
        clock=Clock(name=district.handling.clock, started_at=now, due_at=due_at(now, limit), basis=limit.basis),
        rule=choice.rule,
        excluded=sorted(_excluded(message)),
        acceptance=message.acceptance,
    )
    at_once = [*leaders.name_at_once(message, assigned, facts), *hearings.call_at_once(message, assigned, facts)]
    return [assigned, Notice(choice.unit.code, assigned), *at_once]


def choose_unit(district: District, accepted: PetitionAccepted) -> Choice | None:
    """The first unit, by rule, that is not excluded; None when every unit is."""
    excluded = _excluded(accepted)
    for rule, candidates in _candidates(district, accepted):
        free = [unit for unit in candidates if unit.code not in excluded]
        if free:
            # Spread by the petition's serial: the same petition always meets the same unit.
            unit = free[int(accepted.petition.rsplit("-", 1)[1]) % len(free)]
            return Choice(unit, _mode(unit, rule), rule)
    return None


def _excluded(accepted: PetitionAccepted) -> Collection[str]:
    tied = set(accepted.excluded)
    if accepted.accused_unit is not None:
        tied.add(accepted.accused_unit)
    return tied


def _candidates(district: District, accepted: PetitionAccepted) -> Iterator[tuple[str, list[Unit]]]:
    """Rules in order of rank: whose cadre, whose place, whose zone, then anybody."""
    organ = [unit for unit in district.units if unit.kind is UnitKind.ORGAN]
    if accepted.traits.rank in district.handling.own_ranks:
        yield "own_rank", organ
    if accepted.responsible_unit is not None:
        yield "responsible_unit", [unit for unit in district.units if unit.code == accepted.responsible_unit]
    town = accepted.traits.town
    yield "town_unit", [unit for unit in district.units if unit.town is not None and unit.town == town]
    zones = [zone for zone in district.zones if town in zone.towns]
    outside = [unit for unit in district.units if unit.kind is not UnitKind.ORGAN]
    yield "zone_neighbour", [unit for unit in outside if district.zone_of(unit) in zones]
    yield "any_unit", outside
    yield "own_organ", organ


def _mode(unit: Unit, rule: str) -> Mode:
    if unit.kind is UnitKind.ORGAN:
        return Mode.OWN if rule == "own_rank" else Mode.TAKE_UP
    return Mode.UNIT if rule in ("responsible_unit", "town_unit") else Mode.CROSSED


def fall_due(state: State, message: CaseDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Whatever of a case falls due now."""
    return [*expire(state, message, facts, now=now), *letters.expire(state, message.petition, facts, now)]


def expire(state: State, message: CaseDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once that a case is overdue, to its unit, to case management and to whoever would press it (规则22)."""
    if not isinstance(state, Open) or state.overdue or state.clock.due_at > now:
        return []
    overdue = CaseOverdue(
        petition=message.petition, unit=state.unit, zone=state.zone, clock=state.clock, counted=state.counted
    )
    managers = [office.code for office in facts.district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
    told = [state.unit, *managers, *letters.to_press(state, facts.district)]
    return people.tell(overdue, told, people.tied(state))


def give_up(state: State, message: PetitionReturned, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则17: a petition that went back is no case any more; its unit and case management are told."""
    if state is None or (isinstance(state, Open) and message.acceptance > state.acceptance):
        raise NotYet
    if not isinstance(state, Open) or message.acceptance < state.acceptance:
        return []
    withdrawn = CaseWithdrawn(
        petition=message.petition,
        traits=message.traits,
        unit=state.unit,
        zone=state.zone,
        assigned_on=civil_date(state.clock.started_at),
        withdrawn_on=civil_date(now),
        acceptance=state.acceptance,
    )
    managers = [office.code for office in facts.district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
    return people.tell(withdrawn, [state.unit, *managers], people.tied(state))


def close(state: State, message: CaseConcluded, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A concluded case's clock stops."""
    if state is None:
        raise NotYet
    return []


def correct(state: State, message: TraitsCorrected, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A petition's traits were corrected: so is what routing has said of its case. Who handles it stays."""
    before, after = message.before, message.after
    if not isinstance(before, CaseTraits) or not isinstance(after, CaseTraits):
        return []
    where: tuple[str | None, str | None, date, date | None]
    match state:
        case None | Withdrawn():
            raise NotYet
        case Open():
            where = (state.unit, state.zone, civil_date(state.clock.started_at), overdue_on(state))
        case Closed(since=date() as since):
            where = (state.unit, state.zone, since, state.overdue_on)
        case SentUp(since=date() as since):
            where = (None, None, since, None)
        case _:
            raise ValueError("the case is older than corrections")
    unit, zone, since, overdue = where
    return [
        AssignmentCorrected(
            petition=message.petition,
            before=before,
            after=after,
            unit=unit,
            zone=zone,
            since=since,
            overdue_on=overdue,
            corrected_on=message.corrected_on,
        )
    ]
