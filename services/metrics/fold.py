"""From facts to counts: what each fact adds, to which month, in which scopes. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinfang_contracts.district import District
from xinfang_contracts.intake import (
    CaseTraits,
    DistrictDeclared,
    PetitionAccepted,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    Traits,
)
from xinfang_contracts.message import Message
from xinfang_contracts.repeats import RepeatConfirmed
from xinfang_contracts.review import CaseConcluded, CaseSettled, ReportReturned
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output

NOW = date(1, 1, 1)
"""The month under which standing counts (towns, zones) are kept."""


@dataclass(frozen=True, slots=True)
class Count:
    """Add ``amount`` to a counter's month in a scope; ``replaces`` sets it instead."""

    counter: str
    month: date
    scope: str
    amount: int = 1
    replaces: bool = False


def fold(_state: None, message: Message, district: District, *, now: datetime) -> Sequence[Output]:
    """What one fact adds."""
    return [Keep(tuple(_counts(message, district, civil_date(now))))]


def _counts(message: Message, district: District, today: date) -> Iterator[Count]:
    match message:
        case DistrictDeclared():
            yield Count("towns", NOW, "district", len(message.towns), replaces=True)
            yield Count("zones", NOW, "district", len(message.zones), replaces=True)
        case PetitionRegistered():
            yield from _spread("received", message.traits.received_on, _scopes(message.traits, district))
        case PetitionAccepted():
            yield from _accepted(message.traits, district)
        case PetitionReferred():
            yield from _spread("referred", today, _scopes(message.traits, district))
        case PetitionDeclined():
            yield from _spread("declined", today, _scopes(message.traits, district))
        case PetitionKeptOnFile():
            yield from _spread("kept_on_file", today, _scopes(message.traits, district))
        case RepeatConfirmed():
            # By the day of receipt, as "received" is: a rate compares like with like.
            day, scopes = message.traits.received_on, _scopes(message.traits, district)
            yield from _spread("repeats", day, scopes)
            if message.multi_head:
                yield from _spread("multi_head", day, scopes)
        case CaseAssigned():
            yield from _spread("assigned", today, _handled(message.traits, message.unit, message.zone))
        case CaseSentUp():
            yield from _spread("sent_up", today, _scopes(message.traits, district))
        case CaseOverdue():
            zone = [f"zone:{message.zone}"] if message.zone else []
            yield from _spread("overdue", today, ["district", f"unit:{message.unit}", *zone])
        case ReportReturned():
            yield from _spread("returned", today, ["district", f"unit:{message.unit}"])
        case CaseConcluded():
            scopes = _handled(message.traits, message.unit, message.zone)
            yield from _spread("concluded", message.concluded_on, scopes)
            # A rate needs both its counters in the same scopes: these are by the petition, as acceptance is.
            accepted = _accepted_scopes(message.traits, district)
            yield from _spread("concluded_of_accepted", message.concluded_on, accepted)
            if message.jointly_reviewed:
                yield from _spread("jointly_reviewed", message.concluded_on, scopes)
            if message.recovered_yuan:
                yield from _spread("recovered_yuan", message.concluded_on, scopes, message.recovered_yuan)
        case CaseSettled():
            yield from _settled(message.traits, district)


def _accepted(traits: CaseTraits, district: District) -> Iterator[Count]:
    scopes = _accepted_scopes(traits, district)
    yield from _spread("accepted", traits.accepted_on, scopes)
    if traits.real_name:
        yield from _spread("accepted_real_name", traits.accepted_on, scopes)
    if traits.first_time:
        yield from _spread("accepted_first_time", traits.accepted_on, scopes)


def _settled(traits: CaseTraits, district: District) -> Iterator[Count]:
    """A settlement counts for the month in which the petition was accepted: a rate compares like with like."""
    scopes = _accepted_scopes(traits, district)
    yield from _spread("settled", traits.accepted_on, scopes)
    if traits.first_time:
        yield from _spread("settled_first_time", traits.accepted_on, scopes)


def _spread(counter: str, day: date, scopes: Sequence[str], amount: int = 1) -> Iterator[Count]:
    month = day.replace(day=1)
    return (Count(counter, month, scope, amount) for scope in scopes)


def _scopes(traits: Traits, district: District) -> list[str]:
    """By place and by way in."""
    scopes = ["district", f"form:{traits.form}", f"channel:{traits.channel}"]
    if traits.town is not None:
        scopes.append(f"town:{traits.town}")
        scopes += [f"zone:{zone.code}" for zone in district.zones if traits.town in zone.towns]
    return scopes


def _accepted_scopes(traits: CaseTraits, district: District) -> list[str]:
    """By place, by way in, and by what screening found."""
    return [*_scopes(traits, district), f"category:{traits.category}", f"rank:{traits.rank}"]


def _handled(traits: CaseTraits, unit: str, zone: str | None) -> list[str]:
    """By who handles it."""
    scopes = ["district", f"unit:{unit}", f"category:{traits.category}", f"rank:{traits.rank}", f"form:{traits.form}"]
    if zone is not None:
        scopes.append(f"zone:{zone}")
    if traits.town is not None:
        scopes.append(f"town:{traits.town}")
    return scopes
