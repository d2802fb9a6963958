"""回避 at the acceptance: who is tied is excluded, and how they are tied goes no further. Functions of values."""

from xinfang_contracts.district import District
from xinfang_contracts.intake import Acceptance, RefusalReason

from services.runtime.rules import Refused

from ..state import Registered


def refused_ties(decision: Acceptance, district: District) -> Refused | None:
    """A tie names a unit, an office or a leader of this district; anybody else has no part in a case anyhow."""
    known = {one.code for group in (district.units, district.offices, district.leaders) for one in group}
    unknown = [tie.actor for tie in decision.ties if tie.actor not in known]
    return Refused(RefusalReason.UNKNOWN_ACTOR) if unknown else None


def excluded(decision: Acceptance, state: Registered, district: District) -> list[str]:
    """Who has no part in the case: those tied at registration or now, the accused's unit, its former leaders.

    Codes without reasons, all of them alike: a reason for some would tell of the others.
    """
    tied = {*state.tied, *(tie.actor for tie in decision.ties), *district.formerly_of(decision.accused_unit)}
    return sorted({*tied, *([decision.accused_unit] if decision.accused_unit else [])})
