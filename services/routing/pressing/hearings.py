"""听访: special hearings at once, and the committee's every month. Functions of values."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinfang_contracts.district import OfficeKind
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.hearings import CallHearing, HearingCalled, HearingHeld, MonthlyHearingMissed, RecordHearing
from xinfang_contracts.intake import DistrictDeclared, PetitionAccepted, RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.routing import CaseAssigned

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output, Refused

from ..choosing.hands import Given
from ..facts import Facts
from .people import NOT_ENTITLED, UNKNOWN, offices, principals, tell, zone_lead

TO_ENTER = (OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT)


class MonthEnded(Message):
    """A month in which the committee was to hear the petition office is over. Never leaves the service."""

    month: date
    held: bool


@dataclass(frozen=True, slots=True)
class Begin:
    """Hearings are looked for from this month on, where none were before."""

    month: date


@dataclass(frozen=True, slots=True)
class Held:
    """The committee has heard the petition office in this month."""

    month: date
    now: date


@dataclass(frozen=True, slots=True)
class Over:
    """What was to be said of this month is said; the next one begins."""

    month: date


def call_at_once(
    accepted: PetitionAccepted | Given, assigned: CaseAssigned | CaseReassigned, facts: Facts
) -> Sequence[Output]:
    """重大紧急: what is urgent is heard at once, without anybody asking for it."""
    if not accepted.urgent:
        return []
    fact = HearingCalled(petitions=[assigned.petition], rule="urgent", reasons=["urgent"])
    return tell(fact, _callers(facts, [assigned.zone]), assigned.excluded)


def call(_state: None, message: CallHearing, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A leader calls a special hearing; whoever is tied to one of its petitions is not told of it."""
    if any(facts.actor in barred for barred in _known(message.petitions, facts)) or _misses(message.petitions, facts):
        return [UNKNOWN]
    if facts.actor not in {one.code for one in facts.district.leaders}:
        return [NOT_ENTITLED]
    fact = HearingCalled(petitions=message.petitions, rule="called_by_leader", reasons=[message.reason], by=facts.actor)
    zones = [facts.cases[petition].zone for petition in message.petitions]
    return tell(fact, _callers(facts, zones), [*_all_tied(message.petitions, facts), facts.actor])


def record(_state: None, message: RecordHearing, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A hearing was held; nobody who is tied to one of its petitions may have been there for it."""
    if facts.actor not in offices(facts.district, *TO_ENTER):
        return [NOT_ENTITLED]
    barred = _all_tied(message.petitions, facts)
    if facts.actor in barred or _misses(message.petitions, facts):
        return [UNKNOWN]
    if message.held_on > civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    if message.kind == "special" and not message.petitions:
        return [Refused(RefusalReason.CONTRADICTORY)]
    actors = set(facts.district.actors())
    if strangers := [one for one in message.attended if one not in actors]:
        return [Refused(RefusalReason.UNKNOWN_ACTOR, details=tuple(strangers))]
    if present := [one for one in message.attended if one in barred]:
        return [Refused(RefusalReason.TIED, details=tuple(present))]
    held = HearingHeld(
        kind=message.kind,
        held_on=message.held_on,
        petitions=message.petitions,
        attended=message.attended,
        minutes=message.minutes,
        by=facts.actor,
    )
    if message.kind == "special":
        return [held]
    return [held, Keep(Held(message.held_on.replace(day=1), civil_date(now).replace(day=1)))]


def begin(_state: None, message: DistrictDeclared, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """From the month on in which a district is in force, its committee hears the petition office every month."""
    return [Keep(Begin(civil_date(now).replace(day=1)))]


def end_month(_state: None, message: MonthEnded, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once that a month has ended without the committee's hearing."""
    over = Keep(Over(message.month))
    if message.held:
        return [over]
    fact = MonthlyHearingMissed(month=f"{message.month:%Y-%m}")
    told = [*offices(facts.district, OfficeKind.PETITION), *principals(facts.district)]
    return [*tell(fact, told, []), over]


def _callers(facts: Facts, zones: Iterable[str | None]) -> list[str | None]:
    district = facts.district
    leads = [zone_lead(district, zone) for zone in zones]
    return [*principals(district), *leads, *offices(district, OfficeKind.CASE_MANAGEMENT)]


def _misses(petitions: Collection[str], facts: Facts) -> bool:
    """Whether one of them is no case of this district."""
    return any(petition not in facts.cases for petition in petitions)


def _known(petitions: Collection[str], facts: Facts) -> list[Collection[str]]:
    return [facts.cases[petition].tied for petition in petitions if petition in facts.cases]


def _all_tied(petitions: Collection[str], facts: Facts) -> set[str]:
    return {actor for barred in _known(petitions, facts) for actor in barred}
