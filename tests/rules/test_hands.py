"""The right hands, in any district, whatever comes: nobody interested, one unit or the superior, crossed evenly."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import District, UnitKind
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.routing import Mode

from services.metrics.fold import fold
from services.routing.choosing import leaders
from services.routing.choosing.hands import given_by
from services.routing.choosing.units import Question, with_help
from services.routing.state import Open
from tests.rules.generated import acceptances, districts
from tests.rules.given import NUMBER, accepted, case_traits, kept
from tests.rules.hands import Hands

DEED = st.tuples(
    st.sampled_from(["objects", "objects", "ties", "ties", "volunteers", "changes", "names", "designates", "takes up"]),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(Mode),
)


@st.composite
def petitions(draw: st.DrawFn) -> tuple[District, PetitionAccepted]:
    district = draw(districts())
    return district, draw(acceptances(district))


def happens(case: Hands, what: str, one: int, other: int, mode: Mode) -> None:
    district = case.district
    units = [unit.code for unit in district.units]
    everybody = [*units, *(office.code for office in district.offices), *(leader.code for leader in district.leaders)]
    unit, actor = units[one % len(units)], everybody[other % len(everybody)]
    leader = district.leaders[one % len(district.leaders)].code
    tied = sorted({*units} & case.excluded)
    if what in ("names", "designates") and tied and other % 2:
        unit, leader = tied[one % len(tied)], district.leaders[0].code
    match what:
        case "objects":
            case.objects(case.holder if other % 4 else unit)
        case "ties":
            in_hand = [case.holder, *(case.state.hands.assisting if isinstance(case.state, Open) else [])]
            case.is_tied(actor if other % 2 else in_hand[one % len(in_hand)], "office_letters" if one % 2 else leader)
        case "volunteers":
            case.is_tied(actor, actor)
        case "changes":
            case.is_changed(leader, mode)
        case "names":
            case.is_changed(leader, mode, unit)
        case "designates":
            case.superior_says("designate_unit", unit, approved=bool(other % 5))
        case "takes up":
            case.superior_says("take_up", approved=bool(other % 5))
    case.days_pass(one % 2)


@given(petitions(), st.lists(DEED, max_size=12))
@settings(deadline=None, max_examples=150)
def test_whatever_comes_no_interested_hand_is_chosen_and_one_holder_is_left(
    drawn: tuple[District, PetitionAccepted], deeds: list[tuple[Any, ...]]
) -> None:
    """Every check is made after every message, by Hands itself; at the end the figures know one holder too."""
    case = Hands(*drawn)
    for deed in deeds:
        happens(case, *deed)
    counts: Counter[tuple[str, str]] = Counter()
    for fact in case.said:
        for said in kept(fold(None, fact, case.district, now=case.now)):
            for count in said:
                counts[count.counter, count.scope] += count.amount
    assert counts["assigned", "district"] + counts["sent_up", "district"] == 1
    held = {scope for (counter, scope), amount in counts.items() if counter == "assigned" and amount}
    assert {scope for scope in held if scope.startswith("unit:")} == (
        {f"unit:{case.holder}"} if isinstance(case.state, Open) else set()
    )


@given(districts(), st.lists(st.tuples(st.booleans(), st.integers(1, 999)), max_size=30))
@settings(deadline=None, max_examples=60)
def test_crossed_cases_are_spread_within_one_of_even(district: District, stream: list[tuple[bool, int]]) -> None:
    """Petitions of no place and of nobody's: whoever is outside may get them; others between them change nothing."""
    loads: Counter[str] = Counter()
    for crossing, serial in stream:
        number = f"{district.code}-2023-{serial:06d}"
        about = case_traits(town=None if crossing else district.towns[0].code)
        homes = [unit.code for unit in district.units if unit.town == district.towns[0].code]
        if crossing or homes:
            Hands(district, accepted(number, about=about), loads)
    outside = [unit.code for unit in district.units if unit.kind is not UnitKind.ORGAN]
    given_to = [loads[unit] for unit in outside]
    assert sum(given_to) == (sum(crossing for crossing, _ in stream) if outside else 0)
    assert max(given_to, default=0) - min(given_to, default=0) <= 1


@given(districts(), st.data())
@settings(deadline=None, max_examples=100)
def test_whoever_helps_or_leads_in_a_zone_is_free(district: District, data: st.DataObject) -> None:
    everybody = [one.code for group in (district.units, district.leaders) for one in group]
    unit = data.draw(st.sampled_from(district.units))
    excluded = data.draw(st.sets(st.sampled_from(everybody))) - {unit.code}
    question = Question(district, NUMBER, given_by(accepted()), excluded)
    choice = with_help(question, unit, "zone")
    zone = district.zone_of(unit)
    free = {one.code for one in district.units if district.zone_of(one) == zone and one.kind is not UnitKind.ORGAN}
    if choice is not None:
        assert zone is not None and choice.lead is not None
        assert {*choice.assisting} == free - excluded - {unit.code}
        assert choice.lead not in excluded
        assert zone.lead in {*excluded, choice.lead}
    else:
        assert zone is None or not free - excluded - {unit.code} or excluded >= {one.code for one in district.leaders}


@given(petitions(), st.data())
@settings(deadline=None, max_examples=60)
def test_a_free_leader_is_never_tied_and_the_first_is_asked_first(
    drawn: tuple[District, PetitionAccepted], data: st.DataObject
) -> None:
    district, petition = drawn
    first = data.draw(st.sampled_from([leader.code for leader in district.leaders]))
    found = leaders.free(district, petition.excluded, first=first)
    assert not {*found} & {*petition.excluded}
    assert {*found} | {*petition.excluded} >= {leader.code for leader in district.leaders}
    assert first not in found or found[0] == first
