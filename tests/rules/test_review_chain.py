"""The review chain: each place filled by somebody who may, nobody twice, no signature lost."""

from typing import Any

import pytest
from hypothesis import given, settings
from xinfang_contracts.district import Chain, District, Unit

from services.review.chain import reviewers
from tests.rules.given import LIUYUAN, YANFENG
from tests.rules.stories import JOINT, TOWN_UNIT, ties


def unit_of(district: District, code: str) -> Unit:
    unit = district.unit(code)
    assert unit is not None
    return unit


def chain(*excluded: str, unit: str = TOWN_UNIT, district: District = YANFENG) -> list[list[str]]:
    return reviewers(district, unit_of(district, unit), excluded)


def test_towns_and_stationed_units_pass_the_joint_chain() -> None:
    assert chain() == chain(unit="unit_stationed_1") == JOINT
    assert chain(unit="unit_430406100") == [
        ["office_supervision_2", "office_petition", "office_trial"],
        ["leader_assist_2"],
        ["leader_deputy_2"],
        ["leader_principal"],
    ]


def test_the_organs_own_cases_have_a_chain_of_their_own_with_the_other_offices_member() -> None:
    assert chain(unit="unit_organ_1") == [["office_trial"], ["leader_assist_2"], ["leader_principal"]]
    assert chain(unit="unit_organ_2") == [["office_trial"], ["leader_assist_1"], ["leader_principal"]]


def test_another_district_has_another_chain() -> None:
    assert chain(unit="unit_water", district=LIUYUAN) == [["office_letters"], ["leader_first"]]


@pytest.mark.parametrize(
    ("excluded", "step", "instead"),
    [
        (["office_supervision_1"], 0, ["office_supervision_2", "office_petition", "office_trial"]),
        # No second trial office: a leader who has no place of their own, not one who signs further up.
        (["office_trial"], 0, ["office_supervision_1", "office_petition", "leader_deputy_2"]),
        (["leader_assist_1"], 1, ["leader_assist_2"]),
        (["leader_deputy_1"], 2, ["leader_deputy_2"]),
        (["leader_principal"], 3, ["leader_deputy_2"]),
        (["leader_deputy_1", "leader_deputy_2"], 2, ["leader_assist_2"]),
        (["leader_principal", "leader_deputy_2", "leader_assist_2"], 3, ["superior_430400"]),
        (["office_petition", "office_trial"], 0, ["office_supervision_1", "leader_deputy_2", "leader_assist_2"]),
    ],
)
def test_who_is_tied_is_replaced_in_their_own_place_and_the_others_keep_theirs(
    excluded: list[str], step: int, instead: list[str]
) -> None:
    assert chain(*excluded) == [*JOINT[:step], instead, *JOINT[step + 1 :]]


def test_a_tied_office_does_not_cost_the_last_signature() -> None:
    """The principal must not stand in below: having spoken first, they would be missing at the end."""
    assert chain("office_letters", unit="unit_water", district=LIUYUAN) == [["leader_second"], ["leader_first"]]
    assert chain("leader_first", unit="unit_water", district=LIUYUAN) == [["office_letters"], ["leader_second"]]


def test_a_place_that_nobody_holds_is_filled() -> None:
    members = [leader.model_copy(update={"offices": []}) for leader in YANFENG.leaders]
    without = YANFENG.model_copy(update={"leaders": members})
    assert chain(district=without) == JOINT


def test_where_everybody_is_tied_the_superior_reviews() -> None:
    everybody = [*(office.code for office in YANFENG.offices), *(leader.code for leader in YANFENG.leaders)]
    assert chain(*everybody) == [["superior_430400"]]


def test_one_person_in_two_places_speaks_once() -> None:
    twice = [["zone_lead"], ["deputy_secretary"], ["principal"]]
    both = YANFENG.chains[0].model_copy(update={"steps": Chain.model_validate(joint_with(twice)).steps})
    district = YANFENG.model_copy(update={"chains": [both, *YANFENG.chains[1:]]})
    assert chain(district=district) == [["leader_deputy_1"], ["leader_principal"]]


def joint_with(steps: list[list[str]]) -> dict[str, Any]:
    return YANFENG.chains[0].model_dump(mode="json") | {"steps": steps}


@given(ties())
@settings(deadline=None, max_examples=60)
def test_nobody_tied_reviews_nobody_twice_and_no_place_is_lost(drawn: tuple[District, Unit, set[str]]) -> None:
    district, unit, excluded = drawn
    steps = reviewers(district, unit, excluded)
    voices = [actor for step in steps for actor in step]
    usual = reviewers(district, unit, [])
    places = sum(map(len, usual))
    superior = district.remit.superior
    assert not excluded.intersection(voices)
    assert unit.code not in voices
    assert len(set(voices)) == len(voices)
    assert all(steps)
    assert len(voices) == places or (superior in voices and len(voices) < places)
    if superior not in voices:
        untied = [[actor for actor in step if actor not in excluded] for step in usual]
        assert all({*own} <= {*step} for own, step in zip(untied, steps, strict=True))
    assert reviewers(district, unit, sorted(excluded)) == steps
