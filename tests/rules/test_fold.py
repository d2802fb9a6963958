"""From facts to counts: what each adds, to which month, in which scopes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.intake import (
    CaseTraits,
    DistrictDeclared,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
)
from xinfang_contracts.message import Category, DocumentRef, Form, Message, Rank
from xinfang_contracts.notices import (
    NoticeDelivered,
    NoticeDropped,
    NoticeDue,
    NoticeFailed,
    NoticeFailure,
    NoticeKind,
    NoticeOverdue,
    NoticeSent,
)
from xinfang_contracts.registry import BY_TYPE, Kind
from xinfang_contracts.repeats import PetitionJoined, RepeatConfirmed
from xinfang_contracts.review import CaseConcluded, CaseSettled, Outcome, ReportReturned, ReturnReason
from xinfang_contracts.routing import CaseOverdue, CaseSentUp, CaseWithdrawn

from services.metrics.counting import NOW as STANDS
from services.metrics.counting import Count
from services.metrics.fold import fold
from services.metrics.fold_beside import fold as fold_beside
from services.metrics.fold_pressing import fold as fold_pressing
from services.metrics.fold_review import fold as fold_review
from services.metrics.handlers import COUNTED
from services.metrics.indicators import INDICATORS, Cell, value
from tests.rules import corrections
from tests.rules.beside import FACTS as BESIDE_FACTS
from tests.rules.given import (
    ELSEWHERE,
    LIUYUAN,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    assigned,
    at,
    case_traits,
    kept,
    reassigned,
    running,
    traits,
)
from tests.rules.pressing import FACTS as PRESSING_FACTS
from tests.rules.screened import SCREENING_FACTS
from tests.rules.test_fold_after import FACTS as AFTER_FACTS
from tests.rules.test_fold_review import FACTS as REVIEW_FACTS

UNIT = "unit_430406001"
BESIDE_TYPES = {type(fact) for fact in BESIDE_FACTS}
PRESSING_TYPES = {type(fact) for fact in PRESSING_FACTS}
REVIEW_TYPES = {type(fact) for fact in REVIEW_FACTS}
FEB, MAR, APR = (date(2023, month, 1) for month in (2, 3, 4))
PLACE = {"district", "form:letter", "channel:letter", "town:430406001", "zone:zone_1"}
SCREENED = PLACE | {"category:integrity", "rank:village_or_other"}
HANDLED = SCREENED - {"channel:letter"} | {f"unit:{UNIT}"}


def counted(fact: Message, now: datetime = NOW, district: District = YANFENG) -> list[Count]:
    kind = type(fact)
    rules = {fold_beside: BESIDE_TYPES, fold_pressing: PRESSING_TYPES, fold_review: REVIEW_TYPES}
    rule = next((rule for rule, types in rules.items() if kind in types), fold)
    (counts,) = kept(rule(None, fact, district, now=now))
    return list(counts)


def added(fact: Message, now: datetime = NOW, district: District = YANFENG) -> dict[tuple[str, date], set[str]]:
    """(counter, month) -> scopes; every scope once, by one."""
    found: dict[tuple[str, date], set[str]] = {}
    for count in counted(fact, now, district):
        assert (count.amount, count.replaces) == (1, False)
        scopes = found.setdefault((count.counter, count.month), set())
        assert count.scope not in scopes, f"{count.scope} twice"
        scopes.add(count.scope)
    return found


def repeated(**changes: str) -> RepeatConfirmed:
    about = traits(**changes)
    return RepeatConfirmed(petition=NUMBER, of=ELSEWHERE, by="office_petition", traits=about, multi_head=True)


def concluded(about: CaseTraits | None = None, *, joint: bool = True, yuan: int = 0, unit: str = UNIT) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=about or case_traits(),
        unit=unit,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=joint,
        version=1,
        outcome=Outcome.PROVED,
        recovered_yuan=yuan,
        concluded_on=date(2023, 4, 20),
    )


def settled(about: CaseTraits | None = None) -> CaseSettled:
    return CaseSettled(
        petition=NUMBER, traits=about or case_traits(), unit=UNIT, zone="zone_1", settled_on=date(2023, 6, 1)
    )


def test_a_registered_item_counts_in_the_month_of_its_receipt() -> None:
    registered = PetitionRegistered(petition=NUMBER, traits=traits())
    assert added(registered, at("2023-05-01 10:00")) == {("received", FEB): PLACE}


def test_an_item_without_a_place_counts_for_no_town_and_no_zone() -> None:
    registered = PetitionRegistered(petition=NUMBER, traits=traits(town=None, form=Form.NET, channel="web"))
    assert added(registered) == {("received", FEB): {"district", "form:net", "channel:web"}}


def test_an_accepted_petition_counts_in_the_month_of_its_screening() -> None:
    late = at("2023-07-01 00:00")
    assert added(accepted(), late) == {
        ("accepted", MAR): SCREENED,
        ("accepted_real_name", MAR): SCREENED,
        ("accepted_first_time", MAR): SCREENED,
    }
    plain = case_traits(real_name=False, first_time=False, rank=Rank.TOWNSHIP, category=Category.WORK)
    scopes = PLACE | {"category:work", "rank:township"}
    assert added(accepted(about=plain), late) == {("accepted", MAR): scopes}


@pytest.mark.parametrize(
    ("fact", "counter"),
    [
        (
            PetitionReferred(petition=NUMBER, traits=traits(), receiver="court", manner="told", basis="规则13(1)"),
            "referred",
        ),
        (PetitionDeclined(petition=NUMBER, traits=traits(), ground="litigation", basis="规则13(1)"), "declined"),
        (PetitionKeptOnFile(petition=NUMBER, traits=traits(), basis="规则14"), "kept_on_file"),
        (CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left"), "sent_up"),
    ],
)
def test_what_is_decided_counts_in_the_month_of_the_decision(fact: Message, counter: str) -> None:
    assert added(fact, at("2023-03-31 23:59:59")) == {(counter, MAR): PLACE}
    assert added(fact, at("2023-04-01 00:00")) == {(counter, APR): PLACE}


def test_months_turn_at_midnight_in_the_district() -> None:
    last = datetime(2023, 12, 31, 15, 59, 59, 999999, UTC)
    first = datetime(2023, 12, 31, 16, 0, tzinfo=UTC)
    assert {month for _, month in added(assigned(), last)} == {date(2023, 12, 1)}
    assert {month for _, month in added(assigned(), first)} == {date(2024, 1, 1)}


def test_a_case_counts_for_its_unit_and_for_the_units_zone() -> None:
    assert added(assigned(UNIT)) == {("assigned", MAR): HANDLED}
    crossed = HANDLED - {f"unit:{UNIT}", "zone:zone_1"} | {"unit:unit_430406004", "zone:zone_2"}
    assert added(assigned("unit_430406004")) == {("assigned", MAR): crossed}
    organ = HANDLED - {f"unit:{UNIT}", "zone:zone_1"} | {"unit:unit_organ_1"}
    assert added(assigned("unit_organ_1")) == {("assigned", MAR): organ}


def test_overdue_and_returned_count_for_the_unit() -> None:
    overdue = CaseOverdue(petition=NUMBER, unit=UNIT, zone="zone_1", clock=running("handling", NOW))
    # Counted when the clock ran out, however late that was heard.
    ran_out = date(2023, 6, 1)
    assert added(overdue) == {("overdue", ran_out): {"district", f"unit:{UNIT}", "zone:zone_1"}}
    back = ReportReturned(
        petition=NUMBER, version=1, actor="office_trial", unit=UNIT, reason=ReturnReason.FACTS_UNCLEAR
    )
    assert {counter for counter, _ in added(back)} == {"returned"}
    assert added(back)["returned", MAR] >= {"district", f"unit:{UNIT}"}


def test_a_conclusion_counts_on_its_day_for_its_handler_and_for_its_petition() -> None:
    late = at("2023-09-01 00:00")
    assert added(concluded(), late) == {
        ("concluded", APR): HANDLED,
        ("concluded_well", APR): HANDLED,
        ("jointly_reviewed", APR): HANDLED,
        ("concluded_of_accepted", APR): SCREENED,
    }
    assert ("jointly_reviewed", APR) not in added(concluded(joint=False), late)


def test_money_recovered_is_summed_in_yuan() -> None:
    money = [count for count in counted(concluded(yuan=34_400)) if count.counter == "recovered_yuan"]
    assert {count.scope for count in money} == HANDLED
    assert {(count.month, count.amount) for count in money} == {(APR, 34_400)}


def test_a_settlement_counts_in_the_month_of_acceptance() -> None:
    assert added(settled()) == {("settled", MAR): SCREENED, ("settled_first_time", MAR): SCREENED}
    assert added(settled(case_traits(first_time=False))) == {("settled", MAR): SCREENED}


JUN = date(2023, 6, 1)


def test_a_repeat_visit_that_rests_counts_in_the_month_in_which_it_came_to_rest() -> None:
    visit = case_traits(first_time=False, form=Form.VISIT)
    found = added(settled(visit))
    assert found.keys() == {("settled", MAR), ("repeat_visits_resolved", JUN)}
    assert "form:visit" in found["repeat_visits_resolved", JUN]
    for other in (
        case_traits(form=Form.VISIT),
        case_traits(first_time=False),
        visit.model_copy(update={"counted": False}),
    ):
        assert ("repeat_visits_resolved", JUN) not in added(settled(other))


def test_a_correction_takes_a_repeat_visit_out_of_the_month_in_which_it_came_to_rest() -> None:
    visit = case_traits(first_time=False, form=Form.VISIT)
    said = corrections.of_conclusion(visit, visit.model_copy(update={"first_time": True}))
    said = said.model_copy(update={"settled_on": date(2023, 6, 1)})
    moved = {(one.counter, one.month, one.amount) for one in counted(said) if one.scope == "district"}
    assert ("repeat_visits_resolved", JUN, -1) in moved
    assert ("settled_first_time", MAR, 1) in moved


def notice_due(about: CaseTraits | None = None, kind: NoticeKind = NoticeKind.ACCEPTANCE) -> NoticeDue:
    return NoticeDue(
        petition=NUMBER,
        notice=f"{kind}_1",
        kind=kind,
        traits=about or case_traits(),
        due_at=at("2023-03-21 00:00"),
        basis="规则26",
    )


def notice_sent(about: CaseTraits | None = None, *, in_time: bool = True) -> NoticeSent:
    given = notice_due(about).model_dump(include={"petition", "notice", "kind", "traits"})
    return NoticeSent(**given, way="letter", sent_on=date(2023, 3, 6), newly_on_time=in_time)


def notice_delivered(*, in_time: bool) -> NoticeDelivered:
    given = notice_due().model_dump(include={"petition", "notice", "kind", "traits"})
    proof = DocumentRef(document="0" * 8 + "-0000-5000-8000-" + "0" * 12, digest="5f" * 32)
    told: dict[str, Any] = {"way": "phone", "delivered_on": date(2023, 3, 6), "by": "office_petition", "proof": proof}
    return NoticeDelivered(**given, **told, newly_on_time=in_time)


def notice_failed(*, was_in_time: bool) -> NoticeFailed:
    given = notice_due().model_dump(include={"petition", "notice", "kind", "traits"})
    return NoticeFailed(**given, way="letter", reason=NoticeFailure.RETURNED, no_longer_on_time=was_in_time)


def test_a_notice_counts_in_the_month_of_acceptance_and_once_it_is_sent_in_time() -> None:
    late = at("2023-06-01 00:00")
    assert added(notice_due(), late) == {("acceptance_notices_due", MAR): SCREENED}
    assert added(notice_due(kind=NoticeKind.RESULT), late) == {("result_notices_due", MAR): SCREENED}
    assert added(notice_sent(), late) == {("acceptance_notices_on_time", MAR): SCREENED}
    assert added(notice_delivered(in_time=True), late) == {("acceptance_notices_on_time", MAR): SCREENED}
    assert counted(notice_sent(in_time=False)) == counted(notice_delivered(in_time=False)) == []


def test_a_notice_that_comes_back_is_not_told_in_time() -> None:
    back = counted(notice_failed(was_in_time=True))
    assert {(one.counter, one.month, one.amount) for one in back} == {("acceptance_notices_on_time", MAR, -1)}
    assert {one.scope for one in back} == SCREENED
    assert counted(notice_failed(was_in_time=False)) == []


def test_an_overdue_notice_counts_when_it_is() -> None:
    given = notice_due().model_dump(include={"petition", "notice", "kind", "traits", "due_at"})
    assert added(NoticeOverdue(**given), at("2023-04-01 00:00")) == {("notices_overdue", APR): SCREENED}


def test_a_district_is_counted_anew_and_not_added() -> None:
    declared = DistrictDeclared(
        revision="0" * 64, towns=["990001100"], zones=[zone.code for zone in LIUYUAN.zones], units=["unit_willow"]
    )
    assert counted(declared, district=LIUYUAN) == [
        Count("towns", STANDS, "district", 1, replaces=True),
        Count("zones", STANDS, "district", 5, replaces=True),
    ]
    with_villages = declared.model_copy(update={"villages": 3})
    assert counted(with_villages, district=LIUYUAN)[2:] == [Count("villages", STANDS, "district", 3, replaces=True)]


OF_PETITIONS = ("received", "accepted", "accepted_first_time")
OTHER_WAYS = {"no_substance_rate", "settlement_lapsed_rate", "first_petition_settlement_lapsed_rate"}
"""Rates of what is not accepted, see test_screening_figures, or of what lapsed and is not settled, see test_fold_after.
"""


def measured(facts: Sequence[Message], code: str) -> dict[str, float | None]:
    """An indicator of 2023 over these facts: scope -> value."""
    sums: dict[tuple[str, date, str], Cell] = {}
    for fact in facts:
        for count in counted(fact):
            place = (count.counter, count.month, count.scope)
            before = sums.get(place)
            amount = count.amount + (before.amount if before else 0)
            sums[place] = Cell(amount, 1 + (before.changes if before else 0), NOW)
    indicator = next(one for one in INDICATORS if one.code == code)
    said = value(indicator, "2023", [date(2023, month, 1) for month in range(1, 13)], sums, NOW)
    return {one.scope: one.value for one in said.scopes}


@pytest.mark.parametrize(
    "code", [one.code for one in INDICATORS if one.denominator in OF_PETITIONS and one.code not in OTHER_WAYS]
)
def test_a_petition_that_went_all_the_way_is_a_hundred_percent_wherever_there_is_a_base(code: str) -> None:
    """Else a rate would compare two different groups: no channel had a conclusion, for one."""
    away = case_traits(town="430406004")
    flow = [
        PetitionRegistered(petition=NUMBER, traits=traits(town="430406004")),
        repeated(town="430406004"),
        accepted(about=away),
        notice_due(away),
        notice_sent(away),
        assigned(UNIT, traits=away),
        concluded(away),
        settled(away),
    ]
    values = measured(flow, code)
    assert {text for text in values.values() if text is not None} == {100.0}
    assert values["channel:letter"] == values["district"] == values["zone:zone_2"] == 100.0


def test_a_unit_has_no_rate_of_what_screening_counts() -> None:
    assert measured([accepted(), concluded()], "cases_concluded")[f"unit:{UNIT}"] == 1.0
    assert f"unit:{UNIT}" not in measured([accepted(), concluded()], "conclusion_rate")


def sums(*facts: Message) -> dict[tuple[str, str], int]:
    """(counter, scope) -> what is left of it; what came out even is left out."""
    found: dict[tuple[str, str], int] = {}
    for fact in facts:
        for count in counted(fact):
            found[count.counter, count.scope] = found.get((count.counter, count.scope), 0) + count.amount
    return {place: amount for place, amount in found.items() if amount}


def test_a_moved_case_counts_for_its_new_unit_as_if_it_had_had_it_all_along() -> None:
    away = reassigned("unit_430406004")
    assert sums(assigned(UNIT), away) == sums(assigned("unit_430406004"))
    assert all(count.corrected_on == NOW.date() for count in counted(away))


def test_a_case_that_goes_up_and_comes_back_counts_once_wherever_it_is() -> None:
    up = CaseSentUp(
        petition=NUMBER,
        traits=case_traits(),
        superior="superior_430400",
        rule="objections_spent",
        before=UNIT,
        before_zone="zone_1",
        before_on=NOW.date(),
        move=1,
    )
    first = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")
    back = reassigned(UNIT, before="superior_430400", before_zone=None, move=2)
    assert sums(assigned(UNIT), up) == sums(first)
    assert sums(assigned(UNIT), up, back) == sums(assigned(UNIT)) == sums(first, back)


def test_what_comes_back_from_the_superior_to_the_petition_office_counts_for_nobody() -> None:
    first = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")
    back = CaseWithdrawn(
        petition=NUMBER,
        traits=case_traits(),
        unit="superior_430400",
        assigned_on=NOW.date(),
        withdrawn_on=NOW.date(),
    )
    assert sums(first, back) == {}


def test_overdue_stays_with_the_unit_that_let_it_lapse() -> None:
    late = {"overdue_unit": "unit_430406004", "overdue_zone": "zone_2"}
    fact = corrections.of_assignment().model_copy(update=late)
    scopes = {count.scope for count in counted(fact) if count.counter == "overdue"}
    assert scopes == {"unit:unit_430406004", "zone:zone_2", "district"}


FACTS: tuple[Message, ...] = (
    DistrictDeclared(revision="0" * 64, towns=["430406001"], zones=["zone_1"], units=[UNIT], villages=54, zone_leads=2),
    repeated(),
    PetitionRegistered(petition=NUMBER, traits=traits()),
    accepted(),
    PetitionReferred(petition=NUMBER, traits=traits(), receiver="court", manner="told", basis="规则13(1)"),
    PetitionDeclined(petition=NUMBER, traits=traits(), ground="litigation", basis="规则13(1)"),
    PetitionKeptOnFile(petition=NUMBER, traits=traits(), basis="规则14"),
    assigned(),
    CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left"),
    reassigned(),
    CaseOverdue(petition=NUMBER, unit=UNIT, clock=running("handling", NOW)),
    ReportReturned(petition=NUMBER, version=1, actor="office_trial", unit=UNIT, reason=ReturnReason.OTHER),
    concluded(yuan=1),
    settled(),
    settled(case_traits(first_time=False, form=Form.VISIT)),
    corrections.of_traits(),
    corrections.of_assignment(),
    corrections.of_conclusion(),
    *SCREENING_FACTS,
    notice_due(),
    notice_due(kind=NoticeKind.RESULT),
    notice_sent().model_copy(update={"kind": NoticeKind.RESULT}),
    notice_sent(),
    notice_delivered(in_time=True),
    notice_failed(was_in_time=True),
    NoticeOverdue(**notice_due().model_dump(exclude={"basis"})),
    NoticeDropped(**notice_due().model_dump(exclude={"due_at"}), dropped_on=NOW.date()),
    PetitionJoined(
        petition=NUMBER,
        into=ELSEWHERE,
        traits=case_traits(),
        by="office_petition",
        joined_on=date(2023, 4, 3),
        basis="规则14",
    ),
)


def test_every_fact_that_metrics_hears_adds_something() -> None:
    assert {type(fact) for fact in FACTS} == {BY_TYPE[name].model for name in COUNTED}
    assert all(BY_TYPE[name].kind is Kind.FACT for name in COUNTED)
    assert all(counted(fact) for fact in FACTS)


def test_every_counter_of_an_indicator_is_counted_by_some_fact() -> None:
    counters = {
        count.counter
        for fact in (*FACTS, *BESIDE_FACTS, *PRESSING_FACTS, *AFTER_FACTS, *REVIEW_FACTS)
        for count in counted(fact)
    }
    assert {name for one in INDICATORS for name in one.counters} <= counters
