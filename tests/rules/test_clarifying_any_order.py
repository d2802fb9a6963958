"""Clarification, whatever comes: steps in any order, by anybody, twice, late, with ties; judged by a plain list."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.clarification import (
    ClarificationApproved,
    ClarificationAssessed,
    ClarificationChecked,
    ClarificationFiled,
    ClarificationMade,
    ClarificationOverdue,
    ClarificationWay,
)
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.message import Message

from services.review.state import Concluded
from tests.rules.clarified import MANAGEMENT, OFFICE, PRINCIPAL, TRIAL, UNIT, Afterwards
from tests.rules.given import LIUYUAN, YANFENG
from tests.rules.stories import tieable

ACTORS = [UNIT, TRIAL, PRINCIPAL, OFFICE, MANAGEMENT, "office_supervision_1", "leader_deputy_1", "unit_430406002"]
STEPS: dict[str, Callable[..., Any]] = {
    "propose": lambda case, actor, number, way: case.proposed(actor),
    "assess": lambda case, actor, number, way: case.assessed(actor, number),
    "check": lambda case, actor, number, way: case.checked(actor, number),
    "disagree": lambda case, actor, number, way: case.checked(actor, number, agrees=False),
    "approve": lambda case, actor, number, way: case.approved(actor, number),
    "make": lambda case, actor, number, way: case.made(actor, number, ways=way),
    "file": lambda case, actor, number, way: case.filed(actor, number),
    "deposit": lambda case, actor, number, way: case.deposited(),
}
WAYS = st.lists(st.sampled_from(ClarificationWay), min_size=1, max_size=4)
DEED = st.tuples(st.sampled_from([*STEPS]), st.sampled_from(ACTORS), st.integers(1, 2), WAYS)
NEXT = st.tuples(st.just("goes on"), st.just(""), st.integers(1, 2), st.just([ClarificationWay.WRITING]))
TIED = st.tuples(st.just("tie"), st.sampled_from(ACTORS), st.just(1), WAYS)
DAYS = st.tuples(st.just("days"), st.just(""), st.integers(1, 20), WAYS)
DEEDS = st.lists(DEED | NEXT | NEXT | NEXT | TIED | DAYS, max_size=40)


def goes_on(case: Afterwards, number: int, ways: list[ClarificationWay]) -> None:
    """Somebody or other takes the step that is due: all are asked, whoever may is heard."""
    part = None if case.state is None else case.state.case.clarifying
    one = None if part is None else part.of(number)
    after = {"proposed": "assess", "assessed": "check", "checked": "approve", "approved": "make", "made": "file"}
    name = "propose" if one is None else after.get(one.stage)
    if name is None:
        return
    case.deposited()
    before = len(case.said)
    for actor in (*ACTORS, *YANFENG.actors()):
        STEPS[name](case, actor, number, ways)
        if len(case.said) > before:
            return
    raise AssertionError(f"{name}: nobody may")


@settings(max_examples=150)
@given(deeds=DEEDS)
def test_it_is_never_made_without_approval_or_writing_nor_by_anybody_tied(deeds: list[tuple[Any, ...]]) -> None:
    case, tied, day = Afterwards(), set[str](), 1
    for what, actor, number, ways in deeds:
        before = len(case.said)
        match what:
            case "tie":
                tied.add(actor)
                case.hears("routing.tie_declared.v1", TieDeclared(petition=case.number, actor=actor, assigned=True))
            case "days":
                day += number
                case.at(f"2023-03-{min(day, 31):02d} 09:00").ticks()
            case "goes on":
                goes_on(case, number, ways)
            case _:
                STEPS[what](case, actor, number, ways)
        for fact in case.said[before:]:
            check(case, fact, tied)
    assert isinstance(case.state, Concluded)


def check(case: Afterwards, fact: Message, tied: set[str]) -> None:
    """What must hold of every fact at the moment at which it is said."""
    by = getattr(fact, "by", None)
    assert by not in tied, f"{type(fact).__name__} by somebody tied"
    earlier = [
        one for one in case.said if getattr(one, "number", None) == getattr(fact, "number", 0) and one is not fact
    ]
    match fact:
        case ClarificationApproved():
            assert fact.signed is not None
            valid = [one for one in earlier if isinstance(one, ClarificationAssessed) and one.by not in tied]
            assert valid, "approved without an assessment that stands"
            checked = [one for one in earlier if isinstance(one, ClarificationChecked) and one.by not in tied]
            assert checked and checked[-1].agrees, "approved unchecked"
        case ClarificationMade():
            assert ClarificationWay.WRITING in fact.ways
            approvals = [one for one in earlier if isinstance(one, ClarificationApproved) and one.by not in tied]
            assert approvals, "made without an approval that stands"
            assert not any(isinstance(one, ClarificationMade) for one in earlier)
        case ClarificationFiled():
            assert any(isinstance(one, ClarificationMade) for one in earlier)
            assert not any(isinstance(one, ClarificationFiled) for one in earlier)
        case ClarificationOverdue():
            assert not any(isinstance(one, ClarificationOverdue) for one in earlier)
        case _:
            pass


@given(excluded=st.sets(st.sampled_from(tieable(LIUYUAN))))
def test_whoever_is_tied_there_is_always_somebody_for_each_step(excluded: set[str]) -> None:
    unit = LIUYUAN.units[0].code
    case = Afterwards(unit=unit, district=LIUYUAN, excluded=sorted(excluded)).deposited()
    people = [*LIUYUAN.actors()]
    for name in ("propose", "assess", "approve", "make", "file"):
        heard = []
        for actor in people:
            before = len(case.said)
            STEPS[name](case, actor, 1, [ClarificationWay.WRITING])
            heard += [actor] if len(case.said) > before else []
            if heard:
                break
        assert len(heard) == 1, name
        assert heard[0] not in excluded
