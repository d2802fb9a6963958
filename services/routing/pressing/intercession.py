"""The intercession log (监察法66): who asked about a case, pleaded or interfered. Functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.intercession import IntercessionRecorded, RecordIntercession

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output, Refused, is_ours

from ..facts import Facts
from ..state import State
from .people import UNKNOWN, free, offices, principals, tell, tied

BASIS = "监察法66"


@dataclass(frozen=True, slots=True)
class Entered:
    """A row for the log."""

    fact: IntercessionRecorded
    at: datetime


def record(state: State, message: RecordIntercession, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Whoever was asked records it, at any time, of any petition of the district, be it a case or not, theirs or not.

    So the answer tells nobody whether there is such a case, nor whether they are tied to it. The one it is about is not
    told, nor is anybody tied; of what is no case, ties are not known here, and the leadership hears nothing.
    """
    if not is_ours(message.petition, facts.district):
        return [UNKNOWN]
    if message.on > civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    if message.by == facts.actor:
        return [Refused(RefusalReason.CONTRADICTORY)]
    if message.by is not None and message.by not in facts.district.actors():
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    fact = IntercessionRecorded(
        petition=message.petition,
        manner=message.manner,
        by_kind=message.by_kind,
        by=message.by,
        on=message.on,
        document=message.document,
        recorded_by=facts.actor,
        basis=BASIS,
    )
    barred = [*tied(state), *([message.by] if message.by else [])]
    leaders = [] if state is None else principals(facts.district)
    watching = [*offices(facts.district, OfficeKind.CASE_MANAGEMENT), *leaders]
    told = watching if free(watching, barred) else [facts.district.remit.superior]
    return [*tell(fact, told, [*barred, facts.actor]), Keep(Entered(fact, now))]
