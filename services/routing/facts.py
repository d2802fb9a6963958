"""What routing's rules need to know beyond the case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from xinfang_contracts.district import District


@dataclass(frozen=True, slots=True)
class Facts:
    """The district, who speaks, and how many crossed cases each unit has been given (loads).

    warned_years: years of whose missing holidays the district was warned.
    """

    district: District
    actor: str = ""
    loads: Mapping[str, int] = field(default_factory=dict)
    warned_years: Collection[int] = ()
