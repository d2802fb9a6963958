"""领导包案: who owns a case from the start, who may be named later, and what only the owner may say."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import District, Unit
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message, SkipLevel
from xinfang_contracts.pressing import (
    LeaderNamed,
    LeaderReason,
    MeasureKind,
    MeasureRecorded,
    NameLeader,
    ProgressRecorded,
    ProgressStage,
    RecordMeasure,
    RecordProgress,
)
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.routing import CaseAssigned, CaseWithdrawn

from services.routing.decide import assign
from services.routing.facts import Facts
from services.routing.pressing.leaders import (
    choose,
    hear_repeat,
    name_leader,
    reasons,
    record_measure,
    record_progress,
    replace_tied,
)
from services.routing.state import leader_of
from services.runtime.errors import NotYet
from services.runtime.rules import Notice
from tests.rules.given import LIUYUAN, NOW, NUMBER, YANFENG, accepted, case_traits, facts, refusal, the, told
from tests.rules.pressing import (
    DEPUTY,
    DOCUMENT,
    MANAGEMENT,
    MEMBER,
    OTHER_DEPUTY,
    PRINCIPAL,
    UNIT,
    Pressed,
    tied_cases,
)

REPEAT = case_traits(first_time=False)
NAME = NameLeader(petition=NUMBER, leader=MEMBER, reason=LeaderReason.EXPERIENCE)
MEASURE = RecordMeasure(petition=NUMBER, kind=MeasureKind.HELP, document=DOCUMENT)
PROGRESS = RecordProgress(petition=NUMBER, stage=ProgressStage.RESOLVED)


def named_at_once(about: Any, **more: Any) -> list[Message]:
    return facts(assign(None, accepted(about=about, **more), Facts(YANFENG), now=NOW))


def test_an_ordinary_case_has_no_leader_and_says_nothing_more() -> None:
    (fact,) = named_at_once(case_traits())
    assert isinstance(fact, CaseAssigned)


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (REPEAT, ["repeat"]),
        (case_traits(skip_level=SkipLevel.CENTRAL), ["skip_level"]),
        (case_traits(first_time=False, skip_level=SkipLevel.PROVINCE), ["repeat", "skip_level"]),
    ],
)
def test_a_repeat_and_what_went_over_the_levels_has_the_zones_lead_from_the_start(about: Any, why: list[str]) -> None:
    outputs = assign(None, accepted(about=about), Facts(YANFENG), now=NOW)
    case, named = facts(outputs)
    assert isinstance(case, CaseAssigned)
    assert isinstance(named, LeaderNamed)
    assert (named.leader, named.rule, named.reasons) == (DEPUTY, "zone_lead", why)
    assert [one.actor for one in outputs if isinstance(one, Notice) and one.fact is named] == [DEPUTY, UNIT]


def test_which_cases_are_led_is_the_districts_to_say() -> None:
    from_above = case_traits(transferred=True, first_time=False)
    assert reasons(from_above, True, LIUYUAN) == ["urgent", "from_above"]
    assert reasons(from_above, True, YANFENG) == ["repeat"]


@pytest.mark.parametrize(
    ("zone", "barred", "led", "chosen"),
    [
        ("zone_2", [], {OTHER_DEPUTY: 9}, (OTHER_DEPUTY, "zone_lead")),
        ("zone_1", [DEPUTY], {}, (PRINCIPAL, "fewest_led")),
        ("zone_1", [DEPUTY], {PRINCIPAL: 1}, (OTHER_DEPUTY, "fewest_led")),
        (None, [], {PRINCIPAL: 2, DEPUTY: 1, OTHER_DEPUTY: 1, MEMBER: 1}, ("leader_assist_2", "fewest_led")),
        (None, [one.code for one in YANFENG.leaders], {}, ("superior_430400", "nobody_left")),
    ],
)
def test_the_owner_is_the_zones_lead_else_whoever_owns_the_fewest_else_the_superior(
    zone: str | None, barred: list[str], led: dict[str, int], chosen: tuple[str, str]
) -> None:
    assert choose(YANFENG, zone, barred, led) == chosen


@given(tied_cases(), st.dictionaries(st.sampled_from([one.code for one in YANFENG.leaders]), st.integers(0, 5)))
@settings(deadline=None, max_examples=150)
def test_nobody_who_is_tied_ever_owns_a_case_or_hears_of_it(
    case: tuple[District, Unit, list[str]], led: dict[str, int]
) -> None:
    district, unit, barred = case
    story = Pressed(unit.code, district, barred)
    about = case_traits(first_time=False, town=None, transferred=True)
    petition = accepted(story.number, about=about, responsible_unit=unit.code, excluded=barred)
    outputs = assign(None, petition, Facts(district, led=led), now=NOW)
    (named,) = [one for one in facts(outputs) if isinstance(one, LeaderNamed)]
    assert named.leader not in barred
    assert not set(told(outputs)).intersection(barred)
    if named.rule == "nobody_left":
        assert {one.code for one in district.leaders} <= set(barred)


def test_the_principal_names_another_with_a_reason_and_the_former_hears_of_it() -> None:
    story = Pressed()
    story.do(hear_repeat, "", RepeatLinked(petition=NUMBER, repeat="430406-2023-000099", unit=UNIT))
    outputs = story.do(name_leader, PRINCIPAL, NAME)
    fact = the(outputs, LeaderNamed)
    assert (fact.leader, fact.former, fact.by, fact.reasons) == (MEMBER, DEPUTY, PRINCIPAL, ["experience"])
    assert told(outputs) == [MEMBER, UNIT, DEPUTY]
    assert leader_of(story.state) == MEMBER


@pytest.mark.parametrize(
    ("actor", "message", "tied", "reason"),
    [
        (DEPUTY, NAME, [], RefusalReason.NOT_ENTITLED),
        (PRINCIPAL, NAME, [PRINCIPAL], RefusalReason.UNKNOWN_PETITION),
        (PRINCIPAL, NAME, [MEMBER], RefusalReason.TIED),
        (PRINCIPAL, NAME.model_copy(update={"leader": "leader_gone"}), [], RefusalReason.UNKNOWN_ACTOR),
        (PRINCIPAL, NAME.model_copy(update={"petition": "990001-2023-000017"}), [], RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_a_naming_that_is_refused(actor: str, message: NameLeader, tied: list[str], reason: RefusalReason) -> None:
    assert refusal(Pressed(tied=tied).do(name_leader, actor, message)) is reason


def test_a_petition_that_is_not_there_and_one_that_is_hidden_are_answered_alike() -> None:
    known = Pressed(tied=[MEMBER])
    hidden = known.do(record_measure, MEMBER, MEASURE)
    known.state = None
    assert known.do(record_measure, MEMBER, MEASURE) == hidden


def test_only_the_owner_says_what_is_done_and_how_far_it_is_until_the_case_is_over() -> None:
    story = Pressed()
    story.do(name_leader, PRINCIPAL, NAME)
    assert refusal(story.do(record_measure, DEPUTY, MEASURE)) is RefusalReason.NOT_ENTITLED
    measure = story.do(record_measure, MEMBER, MEASURE)
    assert (the(measure, MeasureRecorded).kind, told(measure)) == (MeasureKind.HELP, [UNIT])
    progress = story.do(record_progress, MEMBER, PROGRESS)
    assert (the(progress, ProgressRecorded).leader, told(progress)) == (MEMBER, [MANAGEMENT])
    story.conclude()
    assert leader_of(story.state) is None
    for rule, message in ((record_measure, MEASURE), (record_progress, PROGRESS)):
        assert refusal(story.do(rule, MEMBER, message)) is RefusalReason.NOT_ENTITLED
    assert refusal(story.do(name_leader, PRINCIPAL, NAME)) is RefusalReason.ALREADY_DECIDED


def test_a_repeat_that_comes_to_light_later_makes_a_case_led_once() -> None:
    linked = RepeatLinked(petition=NUMBER, repeat="430406-2023-000099", unit=UNIT)
    story = Pressed()
    assert the(story.do(hear_repeat, "", linked), LeaderNamed).reasons == ["repeat"]
    assert story.do(hear_repeat, "", linked) == []
    assert Pressed().conclude().do(hear_repeat, "", linked) == []
    assert Pressed("unit_willow", LIUYUAN).do(hear_repeat, "", linked) == []


def test_a_repeat_that_overtakes_its_case_waits_and_one_of_no_case_does_not() -> None:
    linked = RepeatLinked(petition=NUMBER, repeat="430406-2023-000099", unit=UNIT)
    with pytest.raises(NotYet):
        hear_repeat(None, linked, Facts(YANFENG), now=NOW)
    assert hear_repeat(None, linked.model_copy(update={"unit": None}), Facts(YANFENG), now=NOW) == []


def test_an_owner_who_turns_out_to_be_tied_is_replaced_and_hears_nothing_of_it() -> None:
    story = Pressed()
    story.do(hear_repeat, "", RepeatLinked(petition=NUMBER, repeat="430406-2023-000099", unit=UNIT))
    assert replace_tied(story.state, NUMBER, MEMBER, Facts(YANFENG)) == []
    outputs = replace_tied(story.state, NUMBER, DEPUTY, Facts(YANFENG))
    fact = the(outputs, LeaderNamed)
    assert (fact.leader, fact.former, fact.rule, fact.reasons) == (PRINCIPAL, DEPUTY, "fewest_led", ["tied"])
    assert told(outputs) == [PRINCIPAL, UNIT]


def test_a_case_that_is_given_up_has_no_owner_any_more() -> None:
    story = Pressed()
    story.do(name_leader, PRINCIPAL, NAME)
    day = NOW.date()
    story.hear(
        CaseWithdrawn(
            petition=NUMBER, traits=case_traits(), unit=UNIT, zone="zone_1", assigned_on=day, withdrawn_on=day
        )
    )
    assert story.state is not None
    assert story.state.pressing is not None
    assert story.state.pressing.leader is None
