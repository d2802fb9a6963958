"""What a count is, and in which scopes and months one is counted. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from xinfang_contracts.district import District
from xinfang_contracts.intake import CaseTraits, Traits

from services.runtime.clock import business_month

NOW = date(1, 1, 1)
"""The month under which standing counts (towns, zones) are kept."""


@dataclass(frozen=True, slots=True)
class Count:
    """Add ``amount`` to a counter's month in a scope; ``replaces`` sets it instead; corrected_on: it corrects."""

    counter: str
    month: date
    scope: str
    amount: int = 1
    replaces: bool = False
    corrected_on: date | None = None


def taken_back(counts: Iterable[Count], on: date) -> Iterator[Count]:
    """What was counted is counted no more, by a correction of that day."""
    return (Count(one.counter, one.month, one.scope, -one.amount, corrected_on=on) for one in counts)


def spread(counter: str, day: date, scopes: Sequence[str], district: District, amount: int = 1) -> Iterator[Count]:
    """A count in each of these scopes, in the month in which the day is counted."""
    month = business_month(day, district.statistics.month_ends_on)
    return (Count(counter, month, scope, amount) for scope in scopes)


def scopes_of(traits: Traits, district: District) -> list[str]:
    """By place and by way in; none for what does not count."""
    if not traits.counted:
        return []
    scopes = ["district", f"form:{traits.form}", f"channel:{traits.channel}"]
    if traits.town is not None:
        scopes.append(f"town:{traits.town}")
        scopes += [f"zone:{zone.code}" for zone in district.zones if traits.town in zone.towns]
    return scopes


def accepted_scopes(traits: CaseTraits, district: District) -> list[str]:
    """By place, by way in, and by what screening found."""
    scopes = scopes_of(traits, district)
    if not scopes:
        return []
    scopes += [f"category:{traits.category}", f"rank:{traits.rank}"]
    return scopes if traits.sub_class is None else [*scopes, f"subclass:{traits.sub_class}"]


def handled(traits: CaseTraits, unit: str, zone: str | None) -> list[str]:
    """By who handles it."""
    if not traits.counted:
        return []
    scopes = ["district", f"unit:{unit}", f"category:{traits.category}", f"rank:{traits.rank}", f"form:{traits.form}"]
    if zone is not None:
        scopes.append(f"zone:{zone}")
    if traits.town is not None:
        scopes.append(f"town:{traits.town}")
    return scopes
