"""The year's analysis (规则31): every indicator beside the year before, once the year is over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.message import Message
from xinfang_contracts.metrics import IndicatorValue, ScopeValue
from xinfang_contracts.statistics import AnalysedFigure, AnalysisPrepared

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Notice, Output

from .indicators import INDICATORS, STANDING, Counts, Indicator, value

KINDS = frozenset({"district", "form", "category", "rank", "town", "zone"})
"""What is analysed: the area, never who handles."""


class AnalysisDue(Message):
    """A year is over. Never leaves the service."""

    year: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The district, and the counts of the year and of the year before."""

    district: District
    counts: Counts


@dataclass(frozen=True, slots=True)
class Prepared:
    """A year whose analysis was prepared."""

    year: int
    on: date


def analyse(_state: None, message: AnalysisDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则31: the petition office and the superior get the year's figures; nothing is said of a year without any."""
    year, today = message.year, civil_date(now)
    prepared = Keep(Prepared(year, today))
    figures = [
        figure
        for indicator in INDICATORS
        if indicator.code not in STANDING
        for figure in _figures(indicator, year, facts.counts, now)
    ]
    if not figures:
        return [prepared]
    fact = AnalysisPrepared(year=year, as_of=today, figures=figures)
    offices = [office.code for office in facts.district.office_of_kind(OfficeKind.PETITION)]
    return [fact, prepared, *(Notice(actor, fact) for actor in (*offices, facts.district.remit.superior))]


def _figures(indicator: Indicator, year: int, counts: Counts, now: datetime) -> list[AnalysedFigure]:
    this, before = (_year(indicator, one, counts, now) for one in (year, year - 1))
    if not this.revision:
        return []
    earlier = {one.scope: one for one in before.scopes}
    return [
        _beside(indicator.code, one, earlier.get(one.scope))
        for one in this.scopes
        if one.scope.partition(":")[0] in KINDS and (one.numerator or one.denominator)
    ]


def _year(indicator: Indicator, year: int, counts: Counts, now: datetime) -> IndicatorValue:
    return value(indicator, str(year), [date(year, month, 1) for month in range(1, 13)], counts, now)


def _beside(code: str, this: ScopeValue, before: ScopeValue | None) -> AnalysedFigure:
    is_rate = this.denominator is not None
    return AnalysedFigure(
        indicator=code,
        scope=this.scope,
        numerator=this.numerator,
        denominator=this.denominator,
        numerator_before=before.numerator if before else 0,
        denominator_before=(before.denominator if before else 0) if is_rate else None,
    )
