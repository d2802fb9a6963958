"""Routing: recusal before everything, one unit or the superior, and a clock that runs out once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from xinfang_contracts.district import District, UnitKind
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.message import Rank
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, Mode

from services.routing.choosing.hands import Hands, Lapsed, given_by
from services.routing.decide import assign, close
from services.routing.expiring import CaseDue, expire
from services.routing.facts import Facts
from services.routing.state import Case, Closed, Open, SentUp, State, due_at, evolve
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output
from tests.rules.given import (
    DISTRICTS,
    LIUYUAN,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    at,
    case_traits,
    facts,
    running,
    the,
    told,
)

TOWN_UNIT = "unit_430406001"
ORGAN_UNITS = {unit.code for unit in YANFENG.units if unit.kind is UnitKind.ORGAN}
OUTSIDE = {unit.code for unit in YANFENG.units} - ORGAN_UNITS


def routed(district: District = YANFENG, number: str = NUMBER, **changes: Any) -> CaseAssigned:
    return the(assign(None, accepted(number, **changes), Facts(district), now=NOW), CaseAssigned)


def numbered(serial: int) -> str:
    return f"430406-2023-{serial:06d}"


# -- who handles it --------------------------------------------------------------------------------------------------


def test_a_petition_goes_to_the_unit_of_its_town() -> None:
    case = routed()
    assert (case.unit, case.zone, case.mode, case.rule) == (TOWN_UNIT, "zone_1", Mode.UNIT, "town_unit")


def test_the_unit_that_manages_the_cadre_goes_before_the_unit_of_the_place() -> None:
    case = routed(responsible_unit="unit_stationed_4")
    assert (case.unit, case.zone, case.mode, case.rule) == ("unit_stationed_4", "zone_2", Mode.UNIT, "responsible_unit")


@pytest.mark.parametrize("responsible", [None, "unit_stationed_4"])
def test_the_organ_handles_the_ranks_that_are_its_own(responsible: str | None) -> None:
    case = routed(about=case_traits(rank=Rank.TOWNSHIP), responsible_unit=responsible)
    assert case.unit in ORGAN_UNITS
    assert (case.zone, case.mode, case.rule) == (None, Mode.OWN, "own_rank")
    staff = routed(LIUYUAN, "990001-2023-000001", about=case_traits(rank=Rank.STAFF, town="990001100"))
    assert (staff.unit, staff.rule) == ("unit_inspection", "own_rank")


def test_where_the_towns_unit_is_tied_another_unit_crosses_and_never_one_of_the_organ() -> None:
    case = routed(accused_unit=TOWN_UNIT)
    assert case.unit in OUTSIDE - {TOWN_UNIT}
    assert (case.mode, case.rule) == (Mode.CROSSED, "home_tied")


def test_where_every_unit_outside_is_tied_the_organ_takes_it_up() -> None:
    case = routed(excluded=sorted(OUTSIDE))
    assert case.unit in ORGAN_UNITS
    assert (case.mode, case.rule) == (Mode.TAKE_UP, "outside_tied")


def test_where_everybody_is_tied_the_superior_gets_it_and_is_told() -> None:
    outputs = assign(None, accepted(excluded=sorted(OUTSIDE | ORGAN_UNITS)), Facts(YANFENG), now=NOW)
    assert (the(outputs, CaseSentUp).superior, told(outputs)) == ("superior_430400", ["superior_430400"])


def test_no_place_and_no_manager_means_any_unit_outside() -> None:
    case = routed(about=case_traits(town=None))
    assert (case.rule, case.mode, case.unit in OUTSIDE) == ("no_home", Mode.CROSSED, True)


def test_equal_choices_are_spread_by_the_petitions_number() -> None:
    own = case_traits(rank=Rank.TOWNSHIP)
    units = [routed(number=numbered(serial), about=own).unit for serial in range(1, 11)]
    assert {unit: units.count(unit) for unit in ORGAN_UNITS} == {"unit_organ_1": 5, "unit_organ_2": 5}


def test_the_unit_is_told_and_nobody_else() -> None:
    assert told(assign(None, accepted(), Facts(YANFENG), now=NOW)) == [TOWN_UNIT]


def test_the_accuseds_unit_is_excluded_for_review_as_well() -> None:
    assert routed(accused_unit=TOWN_UNIT, excluded=["unit_stationed_1"]).excluded == [TOWN_UNIT, "unit_stationed_1"]


def test_the_clock_is_the_districts_with_its_article() -> None:
    clock = routed().clock
    assert (clock.name, clock.basis, clock.started_at) == ("handling", "规则21", NOW)
    assert clock.due_at == at("2023-06-02 00:00")
    elsewhere = routed(LIUYUAN, "990001-2023-000001", about=case_traits(town="990001100")).clock
    assert (elsewhere.name, elsewhere.basis) == ("casework", "柳原办法3")
    assert elsewhere.due_at == at("2023-04-16 00:00")


@st.composite
def petitions(draw: st.DrawFn) -> tuple[District, PetitionAccepted]:
    """An acceptance as screening may say it, in a district of either shape."""
    district = draw(st.sampled_from(DISTRICTS))
    units = [unit.code for unit in district.units]
    maybe_unit = st.none() | st.sampled_from(units)
    accused_unit = draw(maybe_unit)
    excluded = draw(st.sets(st.sampled_from(units)) | st.just(set(units)))
    about = case_traits(
        town=draw(st.none() | st.sampled_from([town.code for town in district.towns])),
        rank=draw(st.sampled_from([rank for rank in Rank if rank not in district.remit.higher_ranks])),
    )
    number = f"{district.code}-2023-{draw(st.integers(1, 999_999)):06d}"
    return district, accepted(
        number, about=about, responsible_unit=draw(maybe_unit), accused_unit=accused_unit, excluded=sorted(excluded)
    )


@given(petitions())
@settings(deadline=None, max_examples=80)
def test_no_tied_unit_is_ever_chosen_and_every_petition_goes_to_one_place(
    drawn: tuple[District, PetitionAccepted],
) -> None:
    district, petition = drawn
    outputs = assign(None, petition, Facts(district), now=NOW)
    (fact,) = facts(outputs)
    free = {unit.code for unit in district.units} - {*petition.excluded, petition.accused_unit}
    if isinstance(fact, CaseAssigned):
        assert fact.unit in free
        assert told(outputs) == [fact.unit]
        assert not any(getattr(one.fact, "excluded", None) for one in outputs if isinstance(one, Notice))
        assert {*fact.excluded} >= {*petition.excluded, petition.accused_unit} - {None}
    else:
        assert isinstance(fact, CaseSentUp)
        assert not free
        assert told(outputs) == [district.remit.superior]
    assert assign(None, petition.model_copy(deep=True), Facts(district), now=NOW) == outputs


# -- once, and in time -----------------------------------------------------------------------------------------------

ASSIGNED = routed()
HANDS = Hands(given=given_by(accepted()), mode=Mode.UNIT, rule="town_unit")
OPEN = Open(unit=TOWN_UNIT, zone="zone_1", clock=running("handling", NOW), hands=HANDS)
DUE = OPEN.clock.due_at
LAPSED = Lapsed(unit=TOWN_UNIT, zone="zone_1", on=DUE.date())
OVERDUE = OPEN.model_copy(update={"overdue": True, "hands": HANDS.model_copy(update={"lapsed": LAPSED})})
STATES: list[State] = [OPEN, OVERDUE, Closed(unit=TOWN_UNIT), SentUp(superior="superior_430400")]
CONCLUDED = CaseConcluded(
    petition=NUMBER,
    traits=case_traits(),
    unit=TOWN_UNIT,
    zone="zone_1",
    chain="joint",
    jointly_reviewed=True,
    version=1,
    outcome=Outcome.PROVED,
    concluded_on=NOW.date(),
)


def expired(state: State, now: Any) -> Sequence[Output]:
    return expire(state, CaseDue(petition=NUMBER), Facts(YANFENG), now=now)


@pytest.mark.parametrize("state", STATES, ids=repr)
def test_an_acceptance_that_comes_again_is_already_said(state: State) -> None:
    assert assign(state, accepted(), Facts(YANFENG), now=NOW) == []


def test_a_clock_runs_out_at_its_moment_and_not_before() -> None:
    assert expired(OPEN, DUE - timedelta(microseconds=1)) == []
    outputs = expired(OPEN, DUE)
    assert the(outputs, CaseOverdue).clock == OPEN.clock
    assert told(outputs) == [TOWN_UNIT, "office_case", "leader_deputy_1"]


@pytest.mark.parametrize("state", [None, *STATES[1:]], ids=repr)
def test_nothing_runs_out_twice_or_after_the_end(state: State) -> None:
    assert expired(state, DUE + timedelta(days=1)) == []


def test_overdue_is_said_once() -> None:
    (fact,) = facts(expired(OPEN, DUE))
    after = evolve(OPEN, fact, DUE)
    assert after == OVERDUE
    assert (due_at(OPEN), due_at(after)) == (DUE, None)


@pytest.mark.parametrize("state", [OPEN, OVERDUE], ids=repr)
def test_a_conclusion_stops_the_clock(state: State) -> None:
    assert close(state, CONCLUDED, Facts(YANFENG), now=NOW) == []
    after = evolve(state, CONCLUDED, NOW)
    assert isinstance(after, Closed)
    assert (after.unit, after.zone, after.since) == (TOWN_UNIT, "zone_1", NOW.date())
    assert after.overdue_on == (OVERDUE.clock.due_at.date() if state is OVERDUE else None)
    assert due_at(after) is None


def test_a_conclusion_before_the_assignment_waits() -> None:
    with pytest.raises(NotYet):
        close(None, CONCLUDED, Facts(YANFENG), now=NOW)


@pytest.mark.parametrize("state", STATES[2:], ids=repr)
def test_a_conclusion_does_not_open_what_is_closed_or_sent_up(state: State) -> None:
    assert evolve(state, CONCLUDED, NOW) is state


def test_facts_leave_states_that_read_back_as_they_were_written() -> None:
    up = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")
    new = evolve(None, accepted(), NOW)
    assert evolve(new, ASSIGNED, NOW) == OPEN.model_copy(update={"clock": ASSIGNED.clock})
    sent_up = evolve(new, up, NOW)
    assert isinstance(sent_up, SentUp)
    assert (sent_up.superior, sent_up.since, sent_up.hands.given) == ("superior_430400", NOW.date(), HANDS.given)
    stored: TypeAdapter[Any] = TypeAdapter(Case)
    for state in [*STATES, sent_up]:
        assert stored.validate_json(stored.dump_json(state)) == state
