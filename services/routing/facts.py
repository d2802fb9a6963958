"""What routing's rules need to know beyond the case."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from xinfang_contracts.district import District


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What a rule on several cases needs of each: its zone, and who has no part in it."""

    zone: str | None
    tied: Collection[str]

    @classmethod
    def of(cls, zone: str | None, tied: str) -> "KnownCase":
        """From a row; ``tied`` is a JSON list."""
        return cls(zone, tuple(json.loads(tied)))


@dataclass(frozen=True, slots=True)
class Facts:
    """The district, who speaks, and how many crossed cases each unit has been given (loads).

    warned_years: years of whose missing holidays the district was warned; led: how many cases in hand each leader
    owns; cases: what a hearing's petitions are.
    """

    district: District
    actor: str = ""
    loads: Mapping[str, int] = field(default_factory=dict)
    warned_years: Collection[int] = ()
    led: Mapping[str, int] = field(default_factory=dict)
    cases: Mapping[str, KnownCase] = field(default_factory=dict)
