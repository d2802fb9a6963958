"""The indicators: each a count, or a rate with its numerator and base. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from xinfang_contracts.metrics import IndicatorValue, ScopeValue

from .counting import NOW


@dataclass(frozen=True)
class Indicator:
    """code; Chinese name; unit; the counter above the line, and below it for a rate; version of the formula.

    change: in percent, against the same months of the year before; no value where there was nothing then. plus: another
    counter above the line; window: the district's settlement window is a part of the formula, and is said with it.
    """

    code: str
    name: str
    unit: Literal["items", "percent", "units", "zones", "yuan", "people"]
    numerator: str
    denominator: str | None = None
    formula: int = 1
    change: bool = False
    plus: str | None = None
    window: bool = False

    @cached_property
    def counters(self) -> frozenset[str]:
        """All that it is made of."""
        return frozenset(one for one in (self.numerator, self.plus, self.denominator) if one)


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
    # 息访: confirmed by the reporter, or lapsed with the district's window; each is shown by itself as well.
    Indicator("settlement_rate", "息访化解率", "percent", "settled", "accepted", 2, plus="lapsed", window=True),
    Indicator("settlement_confirmed_rate", "息访化解率(本人确认)", "percent", "settled", "accepted"),
    Indicator("settlement_lapsed_rate", "息访化解率(期满未再访)", "percent", "lapsed", "accepted", window=True),
    Indicator(
        "first_petition_settlement_rate",
        "初信初访息访化解率",
        "percent",
        "settled_first_time",
        "accepted_first_time",
        2,
        plus="lapsed_first_time",
        window=True,
    ),
    Indicator(
        "first_petition_settlement_confirmed_rate",
        "初信初访息访化解率(本人确认)",
        "percent",
        "settled_first_time",
        "accepted_first_time",
    ),
    Indicator(
        "first_petition_settlement_lapsed_rate",
        "初信初访息访化解率(期满未再访)",
        "percent",
        "lapsed_first_time",
        "accepted_first_time",
        window=True,
    ),
    Indicator("cases_reopened", "重新办理件次", "items", "reopened"),
    Indicator("reopened_rate", "办结后重新办理率", "percent", "concluded_reopened", "concluded"),
    Indicator("views_recorded", "听取举报人意见件数", "items", "views"),
    Indicator(
        "result_satisfaction_rate",
        "举报人对结果满意率",
        "percent",
        "views_satisfied",
        "views",
        plus="views_mostly_satisfied",
    ),
    Indicator("result_dissatisfied", "举报人对结果不满意件数", "items", "views_dissatisfied"),
    Indicator("objection_answer_rate", "异议说明率", "percent", "objections_answered", "objections"),
    Indicator("follow_up_visits", "跟踪回访件次", "items", "follow_ups"),
    Indicator("help_given", "回访中帮扶件次", "items", "help_given"),
    Indicator("acceptances_returned", "退回信访室件数", "items", "acceptances_returned"),
    Indicator("acceptances_joined", "并案件数", "items", "acceptances_joined"),
    Indicator("petitions_transferred_down", "转送下级件数", "items", "transferred_down"),
    Indicator("no_substance_rate", "无实质内容占比", "percent", "no_substance", "received"),
    Indicator("referrals_followed_up", "转送告知后跟踪件数", "items", "referred_followed_up"),
    Indicator("referrals_answered", "转送告知已答复件数", "items", "referred_answered"),
    Indicator("referral_answer_rate", "转送告知答复率", "percent", "referred_answered", "referred"),
    Indicator("skip_level_petitions", "赴京赴省越级举报件数", "items", "skip_level"),
    Indicator("skip_level_petitions_change", "赴京赴省越级举报件增减", "percent", "skip_level", change=True),
    Indicator("skip_level_petitions_provincial", "赴省越级举报件数", "items", "skip_level_province"),
    Indicator("skip_level_petitions_central", "赴京越级举报件数", "items", "skip_level_central"),
    Indicator("skip_level_visits_provincial", "涉省纪委越级访", "items", "skip_level_visits_province"),
    Indicator("skip_level_visits_central", "涉中纪委越级访", "items", "skip_level_visits_central"),
    Indicator("collective_visits", "集体访批次", "items", "collective_groups"),
    Indicator("collective_visitors", "集体访人次", "people", "collective_heads"),
    Indicator("receptions", "开门接访人次", "items", "receptions"),
    Indicator("outreach_stands", "摆摊设点处数", "items", "outreach_stands"),
    Indicator("outreach_visit_groups", "接访群众批次", "items", "outreach_groups"),
    Indicator("outreach_consultations", "受理群众咨询人数", "people", "outreach_people"),
    Indicator("outreach_urgent_problems_solved", "解决急难愁盼问题数", "items", "outreach_urgent_solved"),
    Indicator("outreach_funds_recovered", "下访追回资金", "yuan", "outreach_yuan"),
    Indicator("survey_concerns_collected", "调研收集问题意见数", "items", "survey_collected"),
    Indicator("survey_concerns_solved", "调研推动解决数", "items", "survey_solved"),
    Indicator("survey_solution_rate", "调研问题解决率", "percent", "survey_solved", "survey_collected"),
    Indicator("survey_funds_recovered", "调研追回资金", "yuan", "survey_yuan"),
    Indicator("mediations_opened", "访前调解受理件次", "items", "mediations_opened"),
    Indicator("mediations_settled", "调处矛盾件次", "items", "mediations_settled"),
    Indicator("mediations_failed", "调解未成件次", "items", "mediations_failed"),
    Indicator("mediations_handed_over", "调解未成转为来件数", "items", "mediations_handed_over"),
    Indicator("guidance_handbooks", "宣传手册种数", "items", "guidance_handbooks"),
    Indicator("guidance_reach", "宣传作品覆盖人次", "people", "guidance_reached"),
    Indicator("guidance_awards", "宣传作品获奖数", "items", "guidance_awards"),
    Indicator("trainees_rotated", "跟班轮训人次", "people", "trained"),
    Indicator("recommendations_issued", "纪律检查建议监察建议件数", "items", "recommendations_issued"),
    Indicator("recommendations_rectified", "建议整改到位件数", "items", "recommendations_rectified"),
    Indicator("rectification_rate", "建议整改到位率", "percent", "recommendations_rectified", "recommendations_issued"),
    Indicator("satisfaction_rate", "满意率", "percent", "content", "asked_for_satisfaction"),
    Indicator("supervisor_coverage", "廉情监督员覆盖率", "percent", "villages_supervised", "villages"),
    Indicator("acceptance_notices_due", "应告知受理的实名举报件数", "items", "acceptance_notices_due"),
    Indicator(
        "acceptance_notice_on_time_rate",
        "实名举报受理按期告知率",
        "percent",
        "acceptance_notices_on_time",
        "acceptance_notices_due",
    ),
    Indicator("result_notices_due", "应反馈结果的实名举报件数", "items", "result_notices_due"),
    Indicator(
        "result_notice_on_time_rate",
        "实名举报结果按期反馈率",
        "percent",
        "result_notices_on_time",
        "result_notices_due",
    ),
    Indicator("notices_overdue", "告知超期件次", "items", "notices_overdue"),
    Indicator("repeats_confirmed", "重复件数", "items", "repeats"),
    Indicator("repeat_rate", "重复率", "percent", "repeats", "received"),
    Indicator("multi_head_rate", "多头举报率", "percent", "multi_head", "received"),
    Indicator("repeat_visits_resolved", "化解重复访件数", "items", "repeat_visits_resolved"),
    Indicator("special_hearings", "专题研究调度会次数", "items", "special_hearings"),
    Indicator("monthly_hearings", "常委会听取信访工作次数", "items", "monthly_hearings"),
    Indicator("supervision_letters_issued", "督办函件数", "items", "supervision_letters"),
    Indicator("supervision_letters_overdue", "督办函超期未复件数", "items", "supervision_letters_overdue"),
    Indicator(
        "supervision_letter_on_time_rate",
        "督办函按期答复率",
        "percent",
        "supervision_letters_on_time",
        "supervision_letters",
    ),
    Indicator("opinions_overdue", "联审签批逾期件次", "items", "opinions_overdue"),
    Indicator("intercessions_recorded", "过问说情登记件次", "items", "intercessions"),
    Indicator("clarifications_made", "澄清正名件数", "items", "clarifications_made"),
    Indicator("clarifications_overdue", "澄清正名超期件数", "items", "clarifications_overdue"),
    Indicator("excellent_rate", "优质办结率", "percent", "concluded_well", "concluded"),
    Indicator("files_reviewed", "质量评查件数", "items", "files_reviewed"),
    Indicator("file_excellent_rate", "质量评查优秀率", "percent", "files_excellent", "files_reviewed"),
    Indicator("towns", "镇(街道)数", "units", "towns"),
    Indicator("zones", "片区数", "zones", "zones"),
    Indicator("zone_leads", "牵头片区的分管副书记数", "people", "zone_leads"),
)
STANDING = frozenset({"towns", "zones", "zone_leads", "villages", "villages_supervised"})
COUNTERS = sorted({one for i in INDICATORS for one in i.counters if one not in STANDING})
COMPARED = frozenset(one.numerator for one in INDICATORS if one.change)
"""Counters whose months also tell on the year after."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A counter's month in one scope: its sum, how often it changed, the newest event time in it.

    corrections: how many of the changes were corrections; corrected_on: the day of the newest one.
    """

    amount: int
    changes: int
    as_of: datetime
    corrections: int = 0
    corrected_on: date | None = None


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


def a_year_on(month: date, years: int = 1) -> date:
    """The same month of another year."""
    return month.replace(year=month.year + years)


BEFORE = "the year before"


def value(
    indicator: Indicator,
    period: str,
    months: Iterable[date],
    counts: Counts,
    floor: datetime,
    window_months: int | None = None,
) -> IndicatorValue:
    """One message: the indicator over these months, for every scope that has any of it.

    ``floor`` stands as the event time where nothing was counted. A rate without a base has no value. window_months: the
    district's settlement window.
    """
    wanted = set(months)
    earlier = {a_year_on(month, -1) for month in wanted} if indicator.change else set()
    counters = indicator.counters
    sums: dict[tuple[str, str], int] = {}
    changes, as_of = 0, floor
    corrections, corrected_on = 0, None
    for (counter, month, scope), cell in counts.items():
        if counter in counters and (month in wanted or month in earlier):
            place = (counter if month in wanted else BEFORE, scope)
            sums[place] = sums.get(place, 0) + cell.amount
            changes += cell.changes
            as_of = max(as_of, cell.as_of)
            corrections += cell.corrections
            corrected_on = newest(corrected_on, cell.corrected_on)
    scopes = sorted({"district", *(scope for _, scope in sums)})
    return IndicatorValue(
        indicator=indicator.code,
        period=period,
        unit=indicator.unit,
        formula=indicator.formula,
        as_of=as_of,
        revision=changes,
        scopes=[_scope_value(indicator, scope, sums) for scope in scopes],
        corrections=corrections,
        corrected_on=corrected_on,
        window_months=window_months if indicator.window else None,
    )


def newest(one: date | None, other: date | None) -> date | None:
    """The later of two days, where either may be none."""
    return max((day for day in (one, other) if day is not None), default=None)


def _scope_value(indicator: Indicator, scope: str, sums: Mapping[tuple[str, str], int]) -> ScopeValue:
    above = sums.get((indicator.numerator, scope), 0) + sums.get((indicator.plus or "", scope), 0)
    if indicator.change:
        before = sums.get((BEFORE, scope), 0)
        more = above - before
        return ScopeValue(
            scope=scope, numerator=more, denominator=before, value=more / before * 100 if before else None
        )
    if indicator.denominator is None:
        return ScopeValue(scope=scope, numerator=above, value=float(above))
    below = sums.get((indicator.denominator, scope), 0)
    return ScopeValue(scope=scope, numerator=above, denominator=below, value=above / below * 100 if below else None)
