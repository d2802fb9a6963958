"""With which clock a case begins. Pure."""

from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.routing import Clock

from services.runtime.clock import start_of

from .counting import start


def handling_clock(district: District, accepted: PetitionAccepted, now: datetime) -> Clock:
    """The district's clock of a case, from its acceptance; of what a superior has assigned (交办) the clock of 规则21,
    from its receipt, or until the day that the superior has named.
    """
    transfer, name = accepted.transfer, handling_name(district, accepted)
    if transfer is None or transfer.kind != "assigned":
        return start(district, name, now)
    return start(district, name, start_of(accepted.traits.received_on), transfer.due_on)


def handling_name(district: District, accepted: PetitionAccepted) -> str:
    """Which clock of the district file that is."""
    is_assigned = accepted.transfer is not None and accepted.transfer.kind == "assigned"
    return (district.handling.assigned_clock if is_assigned else None) or district.handling.clock
