"""领导包案: who of the leadership owns a case, and what they say of it (条例18). Functions of values."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from xinfang_contracts.after import CaseReopened
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import CaseTraits, PetitionAccepted, RefusalReason
from xinfang_contracts.pressing import (
    LeaderNamed,
    MeasureRecorded,
    NameLeader,
    ProgressRecorded,
    RecordMeasure,
    RecordProgress,
)
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.routing import CaseAssigned

from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused

from ..choosing.hands import Given
from ..facts import Facts
from ..state import Open, State
from .people import NOT_ENTITLED, UNKNOWN, free, is_hidden, offices, principals, tell, tied, unit_of, zone_lead


def choose(district: District, zone: str | None, barred: Collection[str], led: Mapping[str, int]) -> tuple[str, str]:
    """Who owns it, and by which rule: the zone's lead, else whoever owns the fewest, else the common superior."""
    lead = zone_lead(district, zone)
    if lead is not None and lead not in barred:
        return lead, "zone_lead"
    candidates = [one.code for one in district.leaders if one.code not in barred]
    if not candidates:
        return district.remit.superior, "nobody_left"
    return min(candidates, key=lambda code: led.get(code, 0)), "fewest_led"


def reasons(traits: CaseTraits, urgent: bool, district: District) -> list[str]:
    """Why a case is leader-led from the start, in the district file's order; none for an ordinary case."""
    holds = {
        "repeat": not traits.first_time,
        "skip_level": traits.skip_level is not None,
        "from_above": traits.transferred,
        "urgent": urgent,
    }
    return [code for code in district.pressing.leader_led if holds[code]]


def name_at_once(
    accepted: PetitionAccepted | Given, assigned: CaseAssigned | CaseReassigned, facts: Facts
) -> list[Output]:
    """As a case is assigned: its leader, where the district's rules want one."""
    why = reasons(accepted.traits, accepted.urgent, facts.district)
    return _named(assigned.petition, assigned.unit, assigned.zone, assigned.excluded, why, facts) if why else []


def hear_repeat(state: State, message: RepeatLinked, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A repeat of a case that is in hand came to light later: now it is leader-led as well."""
    if state is None and message.unit is not None:
        raise NotYet
    if not isinstance(state, Open) or _leader(state) is not None or "repeat" not in facts.district.pressing.leader_led:
        return []
    return _named(message.petition, state.unit, state.zone, tied(state), ["repeat"], facts)


def name_again(state: Open, message: CaseReopened, facts: Facts) -> list[Output]:
    """A case is reopened: its leader, where the district's rules want one, or a repeat has led to it."""
    why = reasons(message.traits, urgent=False, district=facts.district)
    if message.repeat is not None and "repeat" in facts.district.pressing.leader_led:
        why = list(dict.fromkeys([*why, "repeat"]))
    if not why or _leader(state) is not None:
        return []
    return _named(message.petition, state.unit, state.zone, tied(state), why, facts)


def replace_tied(state: State, petition: str, actor: str, facts: Facts) -> list[Output]:
    """The leader of a case turns out to be tied: another is named. For the rule that hears of such a tie."""
    if not isinstance(state, Open) or _leader(state) != actor:
        return []
    return _named(petition, state.unit, state.zone, [*tied(state), actor], ["tied"], facts, former=actor)


def _named(
    petition: str,
    unit: str,
    zone: str | None,
    barred: Collection[str],
    why: list[str],
    facts: Facts,
    former: str | None = None,
) -> list[Output]:
    leader, rule = choose(facts.district, zone, barred, facts.led)
    fact = LeaderNamed(petition=petition, leader=leader, rule=rule, reasons=why, unit=unit, zone=zone, former=former)
    # That somebody was tied is not for them to see.
    notice = fact.model_copy(update={"former": None, "reasons": []}) if former else fact
    return [fact, *(Notice(actor, notice) for actor in free([leader, unit], barred))]


def name_leader(state: State, message: NameLeader, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The principal names a leader, or another one, with a reason."""
    if is_hidden(state, message.petition, facts):
        return [UNKNOWN]
    if facts.actor not in principals(facts.district):
        return [NOT_ENTITLED]
    if not isinstance(state, Open):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if message.leader not in {one.code for one in facts.district.leaders}:
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if message.leader in tied(state):
        return [Refused(RefusalReason.TIED, details=(message.leader,))]
    former = _leader(state)
    if former == message.leader:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = LeaderNamed(
        petition=message.petition,
        leader=message.leader,
        rule="named_by_principal",
        reasons=[message.reason],
        unit=state.unit,
        zone=state.zone,
        by=facts.actor,
        former=former,
        document=message.document,
    )
    return tell(fact, [message.leader, state.unit, former], [*tied(state), facts.actor])


def record_measure(state: State, message: RecordMeasure, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """因案施策: the leader says what is done about this one case; its unit is told."""
    if refused := _not_theirs(state, message, facts):
        return [refused]
    fact = MeasureRecorded(petition=message.petition, leader=facts.actor, kind=message.kind, document=message.document)
    return tell(fact, [unit_of(state)], tied(state))


def record_progress(state: State, message: RecordProgress, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """跟踪督办: the leader says how far it is; case management is told."""
    if refused := _not_theirs(state, message, facts):
        return [refused]
    fact = ProgressRecorded(
        petition=message.petition, leader=facts.actor, stage=message.stage, document=message.document
    )
    return tell(fact, offices(facts.district, OfficeKind.CASE_MANAGEMENT), tied(state))


def _not_theirs(state: State, message: RecordMeasure | RecordProgress, facts: Facts) -> Refused | None:
    if is_hidden(state, message.petition, facts):
        return UNKNOWN
    return None if isinstance(state, Open) and _leader(state) == facts.actor else NOT_ENTITLED


def _leader(state: Open) -> str | None:
    return None if state.pressing is None else state.pressing.leader
