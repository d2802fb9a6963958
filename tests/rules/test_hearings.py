"""听访: called at once for what is urgent, held without whoever is tied, and looked for every month."""

from datetime import date

import pytest
from hypothesis import given, settings
from xinfang_contracts.district import District, Unit
from xinfang_contracts.hearings import CallHearing, HearingCalled, HearingHeld, MonthlyHearingMissed, RecordHearing
from xinfang_contracts.intake import DistrictDeclared, RefusalReason

from services.routing.decide import assign
from services.routing.facts import Facts, KnownCase
from services.routing.pressing.hearings import Begin, Held, MonthEnded, Over, begin, call, end_month, record
from services.runtime.rules import Keep, Refused
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, at, facts, kept, refusal, the, told
from tests.rules.pressing import (
    DEPUTY,
    MANAGEMENT,
    MEMBER,
    OFFICE,
    OTHER_DEPUTY,
    PRINCIPAL,
    TRIAL,
    UNIT,
    Pressed,
    tied_cases,
)

SECOND = "430406-2023-000018"
CASES = {NUMBER: KnownCase("zone_1", [MEMBER]), SECOND: KnownCase("zone_2", [])}
CALL = CallHearing(petitions=[NUMBER], reason="urgent")  # type: ignore[arg-type]
RECORD = RecordHearing(
    kind="special", held_on=date(2023, 2, 28), petitions=[NUMBER, SECOND], attended=[PRINCIPAL, DEPUTY]
)


def knowing(actor: str, cases: dict[str, KnownCase] = CASES) -> Facts:
    return Facts(YANFENG, actor, cases=cases)


def test_what_is_urgent_is_heard_at_once_and_nobody_need_ask() -> None:
    outputs = assign(None, accepted(urgent=True), Facts(YANFENG), now=NOW)
    (called,) = [one for one in facts(outputs) if isinstance(one, HearingCalled)]
    assert (called.petitions, called.rule, called.by) == ([NUMBER], "urgent", None)
    assert told(outputs) == [UNIT, PRINCIPAL, DEPUTY, MANAGEMENT]
    assert not [one for one in facts(assign(None, accepted(), Facts(YANFENG), now=NOW)) if type(one) is HearingCalled]


def test_a_leader_calls_one_on_several_petitions_and_their_zones_leads_hear_of_it() -> None:
    message = CALL.model_copy(update={"petitions": [NUMBER, SECOND]})
    outputs = call(None, message, knowing(PRINCIPAL), now=NOW)
    assert (the(outputs, HearingCalled).by, told(outputs)) == (PRINCIPAL, [DEPUTY, OTHER_DEPUTY, MANAGEMENT])


def test_a_zones_lead_who_is_tied_does_not_hear_of_a_call() -> None:
    cases = {NUMBER: KnownCase("zone_1", [DEPUTY]), SECOND: KnownCase("zone_1", [])}
    for petitions in ([NUMBER], [SECOND, NUMBER]):
        message = CALL.model_copy(update={"petitions": petitions})
        assert told(call(None, message, knowing(PRINCIPAL, cases), now=NOW)) == [MANAGEMENT]


@pytest.mark.parametrize(
    ("actor", "petitions", "reason"),
    [
        (MEMBER, [NUMBER], RefusalReason.UNKNOWN_PETITION),
        (MEMBER, [SECOND, NUMBER], RefusalReason.UNKNOWN_PETITION),
        (PRINCIPAL, ["430406-2023-000999"], RefusalReason.UNKNOWN_PETITION),
        (OFFICE, [NUMBER], RefusalReason.NOT_ENTITLED),
    ],
)
def test_a_call_that_is_refused(actor: str, petitions: list[str], reason: RefusalReason) -> None:
    message = CALL.model_copy(update={"petitions": petitions})
    assert refusal(call(None, message, knowing(actor), now=NOW)) is reason


@pytest.mark.parametrize("actor", [OFFICE, MANAGEMENT])
def test_the_petition_office_or_case_management_enters_that_one_was_held(actor: str) -> None:
    held = the(record(None, RECORD, knowing(actor), now=NOW), HearingHeld)
    assert (held.kind, held.by, held.petitions) == ("special", actor, [NUMBER, SECOND])


def test_whoever_is_tied_to_a_petition_was_not_there_for_it_and_the_refusal_says_who() -> None:
    message = RECORD.model_copy(update={"attended": [PRINCIPAL, MEMBER]})
    assert record(None, message, knowing(OFFICE), now=NOW) == [Refused(RefusalReason.TIED, details=(MEMBER,))]
    other = message.model_copy(update={"petitions": [SECOND]})
    assert isinstance(the(record(None, other, knowing(OFFICE), now=NOW), HearingHeld), HearingHeld)


@pytest.mark.parametrize(
    ("change", "actor", "reason"),
    [
        ({}, TRIAL, RefusalReason.NOT_ENTITLED),
        ({}, UNIT, RefusalReason.NOT_ENTITLED),
        ({"held_on": date(2023, 3, 2)}, OFFICE, RefusalReason.WRONG_DATE),
        ({"petitions": []}, OFFICE, RefusalReason.CONTRADICTORY),
        ({"attended": ["leader_gone"]}, OFFICE, RefusalReason.UNKNOWN_ACTOR),
        ({"petitions": ["430406-2023-000999"]}, OFFICE, RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_an_entry_that_is_refused(change: dict[str, object], actor: str, reason: RefusalReason) -> None:
    assert refusal(record(None, RECORD.model_copy(update=change), knowing(actor), now=NOW)) is reason


def test_an_office_that_is_tied_learns_nothing() -> None:
    cases = {NUMBER: KnownCase("zone_1", [OFFICE]), SECOND: KnownCase(None, [])}
    assert refusal(record(None, RECORD, knowing(OFFICE, cases), now=NOW)) is RefusalReason.UNKNOWN_PETITION


def test_the_committees_hearing_counts_for_its_month() -> None:
    message = RecordHearing(kind="monthly", held_on=date(2023, 2, 28), attended=[PRINCIPAL])
    outputs = record(None, message, knowing(OFFICE), now=NOW)
    assert kept(outputs) == [Held(date(2023, 2, 1), date(2023, 3, 1))]
    assert kept(record(None, RECORD, knowing(OFFICE), now=NOW)) == []


def test_a_month_that_ends_without_one_is_said_to_the_petition_office_and_the_principal() -> None:
    ended = MonthEnded(month=date(2023, 2, 1), held=False)
    outputs = end_month(None, ended, Facts(YANFENG), now=at("2023-03-01 00:00"))
    assert (the(outputs, MonthlyHearingMissed).month, told(outputs)) == ("2023-02", [OFFICE, PRINCIPAL])
    held = end_month(None, ended.model_copy(update={"held": True}), Facts(YANFENG), now=NOW)
    assert held == [Keep(Over(date(2023, 2, 1)))]
    assert kept(outputs) == kept(held)


def test_hearings_are_looked_for_from_the_month_in_which_a_district_is_in_force() -> None:
    declared = DistrictDeclared(revision="0" * 64, towns=[], zones=[], units=[])
    late = at("2023-03-31 23:59")
    assert kept(begin(None, declared, Facts(YANFENG), now=late)) == [Begin(date(2023, 3, 1))]


@given(tied_cases())
@settings(deadline=None, max_examples=150)
def test_nobody_who_is_tied_hears_of_a_hearing_calls_it_or_was_at_it(case: tuple[District, Unit, list[str]]) -> None:
    district, unit, barred = case
    story = Pressed(unit.code, district, barred)
    number, cases = story.number, story.known()
    urgent = accepted(number, urgent=True, responsible_unit=unit.code, excluded=barred)
    assert not set(told(assign(None, urgent, Facts(district), now=NOW))).intersection(barred)
    calling = CallHearing(petitions=[number], reason="stuck")  # type: ignore[arg-type]
    for leader in (one.code for one in district.leaders):
        outputs = call(None, calling, Facts(district, leader, cases=cases), now=NOW)
        assert not set(told(outputs)).intersection(barred)
        assert bool(facts(outputs)) is (leader not in barred)
    for actor in district.actors():
        message = RecordHearing(kind="special", held_on=NOW.date(), petitions=[number], attended=[actor])
        office = district.offices[0].code
        outputs = record(None, message, Facts(district, office, cases=cases), now=NOW)
        assert bool(facts(outputs)) is (actor not in barred and office not in barred)
