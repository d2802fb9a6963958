"""Letters, hearings and intercessions in figures: what each adds, to which month, in which scopes."""

from datetime import date

from xinfang_contracts.intake import DistrictDeclared
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Kind

from services.metrics.counting import NOW as STANDS
from services.metrics.counting import Count
from services.metrics.fold import fold as fold_petitions
from services.metrics.fold_pressing import fold
from services.metrics.handlers import PRESSING
from tests.rules.given import NOW, YANFENG, kept
from tests.rules.pressing import ANSWERED, FACTS, HELD, INTERCEDED, ISSUED, LATE, LATE_OPINION, MONTHLY, OVERDUE, UNIT

MAR, APR = date(2023, 3, 1), date(2023, 4, 1)
OF_A_CASE = {"district", f"unit:{UNIT}", "zone:zone_1"}


def added(fact: Message) -> dict[tuple[str, date], set[str]]:
    """(counter, month) -> scopes; every scope once, by one."""
    (counts,) = kept(fold(None, fact, YANFENG, now=NOW))
    assert all((one.amount, one.replaces) == (1, False) for one in counts)
    found: dict[tuple[str, date], set[str]] = {}
    for one in counts:
        found.setdefault((one.counter, one.month), set()).add(one.scope)
    assert sum(map(len, found.values())) == len(counts)
    return found


def test_every_fact_that_metrics_hears_of_the_pressing_adds_something() -> None:
    assert {type(fact) for fact in FACTS} == {BY_TYPE[name].model for name in PRESSING}
    assert all(BY_TYPE[name].kind is Kind.FACT for name in PRESSING)
    assert all(added(fact) for fact in FACTS)


def test_hearings_count_by_kind_on_the_day_on_which_they_were_held() -> None:
    assert added(HELD) == {("special_hearings", MAR): {"district"}}
    assert added(MONTHLY) == {("monthly_hearings", MAR): {"district"}}


def test_a_letter_counts_in_its_month_whenever_its_answer_comes() -> None:
    assert added(ISSUED) == {("supervision_letters", MAR): OF_A_CASE}
    assert added(ANSWERED) == {("supervision_letters_on_time", MAR): OF_A_CASE}
    assert added(OVERDUE) == {("supervision_letters_overdue", MAR): OF_A_CASE}
    assert added(LATE) == {}


def test_an_intercession_counts_on_its_day_and_by_manner_for_nobody() -> None:
    assert added(INTERCEDED) == {("intercessions", APR): {"district", "manner:pleaded"}}


def test_a_late_opinion_counts_once_for_whose_turn_it_was_however_often_it_is_said() -> None:
    assert added(LATE_OPINION) == {("opinions_overdue", APR): {"district", "office:office_trial"}}
    for times in (2, 3):
        assert added(LATE_OPINION.model_copy(update={"times": times})) == {}


def test_zone_leads_stand_as_they_were_declared_last() -> None:
    declared = DistrictDeclared(revision="0" * 64, towns=[], zones=[], units=[], zone_leads=2)
    (counts,) = kept(fold_petitions(None, declared, YANFENG, now=NOW))
    assert Count("zone_leads", STANDS, "district", 2, replaces=True) in counts
    (counts,) = kept(fold_petitions(None, declared.model_copy(update={"zone_leads": None}), YANFENG, now=NOW))
    assert "zone_leads" not in {one.counter for one in counts}
