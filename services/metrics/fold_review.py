"""From facts on what comes after a conclusion, clarification and quality review, to counts. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from xinfang_contracts.clarification import ClarificationFiled, ClarificationOverdue
from xinfang_contracts.district import District
from xinfang_contracts.message import Message
from xinfang_contracts.quality import QualityDecided, QualityReviewed
from xinfang_contracts.statistics import CountedClarification, CountedFile

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output

from .counting import Count
from .fold import clarified, looked_through


def fold(_state: None, message: Message, district: District, *, now: datetime) -> Sequence[Output]:
    """What one fact adds."""
    return [Keep(tuple(_counts(message, district)))]


def _counts(message: Message, district: District) -> Iterator[Count]:
    match message:
        case ClarificationFiled():
            made = CountedClarification(
                unit=message.unit,
                zone=message.zone,
                cleared=message.cleared,
                ways=message.ways,
                made_on=message.made_on,
            )
            yield from clarified(message.traits, made, district)
        case ClarificationOverdue():
            late = CountedClarification(
                unit=message.unit,
                zone=message.zone,
                cleared=message.cleared,
                overdue_on=civil_date(message.clock.due_at),
            )
            yield from clarified(message.traits, late, district)
        case QualityReviewed():
            yield from looked_through(message.traits, _file(message, message.excellent), district)
        case QualityDecided():
            # Never a second file: only what has changed, and on which day.
            before, after = (
                {(one.counter, one.month, one.scope): one for one in looked_through(message.traits, file, district)}
                for file in (_file(message, message.excellent_before), _file(message, message.excellent))
            )
            for sign, places in ((-1, before.keys() - after.keys()), (1, after.keys() - before.keys())):
                for counter, month, scope in sorted(places):
                    yield Count(counter, month, scope, sign, corrected_on=message.decided_on)


def _file(said: QualityReviewed | QualityDecided, excellent: bool) -> CountedFile:
    return CountedFile(unit=said.unit, zone=said.zone, concluded_on=said.concluded_on, excellent=excellent)
