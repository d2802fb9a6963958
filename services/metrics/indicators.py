"""The indicators: each a count, or a rate with its numerator and base. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from xinfang_contracts.metrics import IndicatorValue, ScopeValue

from .fold import NOW


@dataclass(frozen=True)
class Indicator:
    """code; Chinese name; unit; the counter above the line, and below it for a rate; version of the formula."""

    code: str
    name: str
    unit: Literal["items", "percent", "units", "zones", "yuan", "people"]
    numerator: str
    denominator: str | None = None
    formula: int = 1


INDICATORS = (
    Indicator("petitions_received", "接收件数", "items", "received"),
    Indicator("petitions_accepted", "受理件数", "items", "accepted"),
    Indicator("petitions_referred", "转送告知件数", "items", "referred"),
    Indicator("petitions_declined", "不予受理件数", "items", "declined"),
    Indicator("petitions_kept_on_file", "留存备查件数", "items", "kept_on_file"),
    Indicator("acceptance_rate", "受理率", "percent", "accepted", "received"),
    Indicator("real_name_rate", "实名举报件占比", "percent", "accepted_real_name", "accepted"),
    Indicator("cases_assigned", "分办件数", "items", "assigned"),
    Indicator("cases_sent_up", "报上级件数", "items", "sent_up"),
    Indicator("cases_overdue", "超期件数", "items", "overdue"),
    Indicator("reports_returned", "退回件次", "items", "returned"),
    Indicator("cases_concluded", "办结件数", "items", "concluded"),
    Indicator("conclusion_rate", "办结率", "percent", "concluded_of_accepted", "accepted"),
    Indicator("reports_jointly_reviewed", "联审阅访件数", "items", "jointly_reviewed"),
    Indicator("funds_recovered_in_cases", "办案追回资金", "yuan", "recovered_yuan"),
    Indicator("settlement_rate", "息访化解率", "percent", "settled", "accepted"),
    Indicator(
        "first_petition_settlement_rate", "初信初访息访化解率", "percent", "settled_first_time", "accepted_first_time"
    ),
    Indicator("repeats_confirmed", "重复件数", "items", "repeats"),
    Indicator("repeat_rate", "重复率", "percent", "repeats", "received"),
    Indicator("multi_head_rate", "多头举报率", "percent", "multi_head", "received"),
    Indicator("towns", "镇(街道)数", "units", "towns"),
    Indicator("zones", "片区数", "zones", "zones"),
)
STANDING = frozenset({"towns", "zones"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A counter's month in one scope: its sum, how often it changed, and the newest event time in it."""

    amount: int
    changes: int
    as_of: datetime


Counts = Mapping[tuple[str, date, str], Cell]
"""(counter, month, scope) -> cell."""


def periods(month: date, until: date) -> dict[str, list[date]]:
    """The periods that contain ``month``, as period -> its months; to-month periods run up to ``until``'s month."""
    if month == NOW:
        return {"now": [NOW]}
    year, months = month.year, [date(month.year, m, 1) for m in range(1, 13)]
    quarter, half = (month.month - 1) // 3, (month.month - 1) // 6
    found = {
        f"{year}-{month.month:02d}": [month],
        f"{year}-Q{quarter + 1}": months[quarter * 3 : quarter * 3 + 3],
        f"{year}-H{half + 1}": months[half * 6 : half * 6 + 6],
        f"{year}": months,
    }
    for last in months[month.month - 1 :]:
        if last <= max(month, until):
            found[f"{year}-to-{last.month:02d}"] = months[: last.month]
    return found


def value(indicator: Indicator, period: str, months: Iterable[date], counts: Counts, floor: datetime) -> IndicatorValue:
    """One message: the indicator over these months, for every scope that has any of it.

    ``floor`` stands as the event time where nothing was counted. A rate without a base has no value.
    """
    wanted = set(months)
    counters = {indicator.numerator, indicator.denominator}
    sums: dict[tuple[str, str], int] = {}
    changes, as_of = 0, floor
    for (counter, month, scope), cell in counts.items():
        if counter in counters and month in wanted:
            sums[counter, scope] = sums.get((counter, scope), 0) + cell.amount
            changes += cell.changes
            as_of = max(as_of, cell.as_of)
    scopes = sorted({"district", *(scope for _, scope in sums)})
    return IndicatorValue(
        indicator=indicator.code,
        period=period,
        unit=indicator.unit,
        formula=indicator.formula,
        as_of=as_of,
        revision=changes,
        scopes=[_scope_value(indicator, scope, sums) for scope in scopes],
    )


def _scope_value(indicator: Indicator, scope: str, sums: Mapping[tuple[str, str], int]) -> ScopeValue:
    above = sums.get((indicator.numerator, scope), 0)
    if indicator.denominator is None:
        return ScopeValue(scope=scope, numerator=above, value=float(above))
    below = sums.get((indicator.denominator, scope), 0)
    return ScopeValue(scope=scope, numerator=above, denominator=below, value=above / below * 100 if below else None)
