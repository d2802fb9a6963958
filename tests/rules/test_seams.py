"""A case between its hands, its clocks and what presses it on: up and back again, tied, late, and asked after."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from xinfang_contracts.clocks import ExtensionRefused
from xinfang_contracts.district import District
from xinfang_contracts.handling import DeclareTie, ObjectionReason, ObjectToAssignment
from xinfang_contracts.intake import PetitionAccepted, RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.pressing import AnswerSupervisionLetter, IssueSupervisionLetter, LeaderNamed, LetterGround
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.routing import CaseAssigned, CaseWithdrawn
from xinfang_contracts.screening import PetitionReturned, ReturnGround
from xinfang_contracts.ties import TieKind
from xinfang_contracts.tracks import TrackOpened

from services.metrics.fold import fold
from services.review.state import Awaiting
from services.review.state import evolve as review_evolve
from services.routing.expiring import CaseDue
from services.routing.facts import Facts
from services.routing.handlers import HANDLERS, OWN_HANDLERS
from services.routing.state import Open, Parts, SentUp, State, due_at, evolve, leader_of
from services.runtime.rules import Before, Notice, Output, Refused
from tests.rules.given import LIUYUAN, NOW, NUMBER, YANFENG, accepted, case_traits, facts, kept, told
from tests.rules.hands import DOCUMENT

UNIT, OTHER, STRANGER = "unit_430406001", "unit_430406002", "unit_430406005"
CLERK, DEPUTY, PRINCIPAL, SUPERIOR = "office_petition", "leader_deputy_1", "leader_principal", "superior_430400"
REPEAT = case_traits(first_time=False)


class Case:
    """A case of routing as its handlers meet it."""

    def __init__(self, **changes: Any) -> None:
        self.state: State = None
        self.now = NOW
        self.said: list[Message] = []
        self.hears(accepted(**changes), "intake.petition_accepted.v1")

    def hears(
        self, message: Message, type_: str = "", actor: str = "", district: District = YANFENG
    ) -> Sequence[Output]:
        name = type_ or next(one for one, entry in BY_TYPE.items() if entry.model is type(message))
        step = (HANDLERS | OWN_HANDLERS)[name](message)
        outputs = step.rule(self.state, message, Facts(district, actor), now=self.now)
        heard = [message] if isinstance(message, PetitionAccepted | SuperiorDecided | PetitionReturned) else []
        for fact in [*heard, *facts(outputs)]:
            self.state = evolve(self.state, fact, self.now)
        self.said += facts(outputs)
        return outputs

    def tick(self) -> Sequence[Output]:
        """Work off what falls due next."""
        at = due_at(self.state)
        assert at is not None
        self.now = at
        return self.hears(CaseDue(petition=NUMBER), "routing.case_due.v1")

    def objects(self) -> None:
        assert isinstance(self.state, Open)
        message = ObjectToAssignment(petition=NUMBER, reason=ObjectionReason.OTHER, document=DOCUMENT)
        self.hears(message, actor=self.state.unit)

    def goes_up(self) -> "Case":
        while isinstance(self.state, Open):
            self.objects()
        assert isinstance(self.state, SentUp)
        return self

    def is_designated(self, unit: str = OTHER) -> Sequence[Output]:
        given = {"petition": NUMBER, "superior": SUPERIOR, "matter": "designate_unit", "approved": True, "unit": unit}
        return self.hears(SuperiorDecided.model_validate(given | {"on": self.now.date(), "acceptance": 1}))

    def is_tied(self, actor: str) -> Sequence[Output]:
        return self.hears(DeclareTie(petition=NUMBER, actor=actor, kind=TieKind.INTEREST), actor=CLERK)

    def is_pressed(self, to: str = UNIT) -> None:
        letter = IssueSupervisionLetter(petition=NUMBER, to=to, ground=LetterGround.OTHER, letter=DOCUMENT)
        self.hears(letter, actor=PRINCIPAL)


def moves(case: Case) -> int:
    assert isinstance(case.state, Parts)
    return case.state.clocks.moves


def objection() -> ObjectToAssignment:
    return ObjectToAssignment(petition=NUMBER, reason=ObjectionReason.OTHER, document=DOCUMENT)


# -- who asks after something has fallen due -------------------------------------------------------------------------


def test_a_stranger_who_comes_after_something_fell_due_is_answered_by_the_rule_alone() -> None:
    case = Case(excluded=["leader_deputy_2"])
    case.now += timedelta(days=120)
    for actor in (STRANGER, "leader_deputy_2"):
        before = case.state
        outputs = case.hears(objection(), actor=actor)
        own = [one for one in outputs if not isinstance(one, Before)]
        assert own and all(isinstance(one, Refused) for one in own)
        assert actor not in told(outputs)
        assert kept(outputs) == []
        if actor == STRANGER:
            assert case.state != before, "what fell due was said"


def test_another_districts_actor_moves_nothing() -> None:
    case = Case()
    case.now += timedelta(days=120)
    before = case.state
    (refused,) = case.hears(objection(), actor=UNIT, district=LIUYUAN)
    assert refused == Refused(RefusalReason.UNKNOWN_PETITION)
    assert case.state == before


# -- up and back -----------------------------------------------------------------------------------------------------


def test_what_falls_due_after_a_case_has_come_back_has_another_id_than_what_fell_due_above() -> None:
    case = Case()
    case.is_pressed()
    case.goes_up()
    above = moves(case)
    assert [type(one).__name__ for one in facts(case.tick())] == ["SuperiorOverdue"]
    case.now += timedelta(hours=9)
    case.is_designated()
    assert moves(case) > above
    letter_due = due_at(case.state)
    assert letter_due is not None and letter_due <= case.now
    assert [type(one).__name__ for one in facts(case.tick())] == ["SupervisionLetterOverdue"]


def test_nothing_is_warned_of_with_a_moment_before_a_case_came_back() -> None:
    case = Case().goes_up()
    case.now += timedelta(days=75)
    case.is_designated()
    back = case.now
    while isinstance(case.state, Open) and not case.state.overdue:
        case.tick()
        assert case.now >= back


def test_a_repeat_that_went_up_at_once_is_led_and_an_urgent_one_is_heard_when_it_comes_back() -> None:
    others = [unit.code for unit in YANFENG.units if unit.code != UNIT]
    case = Case(about=REPEAT, urgent=True, people=80, amount_yuan=600_000, excluded=others)
    assert isinstance(case.state, SentUp)
    outputs = case.is_designated(UNIT)
    assert {"CaseReassigned", "LeaderNamed", "HearingCalled"} <= {type(one).__name__ for one in facts(outputs)}


def test_a_leader_who_is_tied_while_the_superior_has_the_case_owns_it_no_more() -> None:
    case = Case(about=REPEAT)
    assert leader_of(case.state) == DEPUTY
    case.goes_up()
    case.is_tied(DEPUTY)
    case.is_designated()
    assert leader_of(case.state) not in (None, DEPUTY)


def test_that_a_leader_was_tied_is_not_told_to_unit_and_successor() -> None:
    case = Case(about=REPEAT)
    outputs = case.is_tied(DEPUTY)
    (named,) = [one for one in facts(outputs) if isinstance(one, LeaderNamed)]
    assert named.former == DEPUTY
    notices = [one.fact for one in outputs if isinstance(one, Notice) and isinstance(one.fact, LeaderNamed)]
    assert notices and all((one.former, one.reasons) == (None, []) for one in notices)


# -- letters, tracks and figures across moves ------------------------------------------------------------------------


def test_a_letter_counts_for_whoever_had_the_case_and_a_tied_units_answer_comes_by_the_offices() -> None:
    case = Case()
    case.is_pressed()
    case.is_tied(UNIT)
    assert isinstance(case.state, Open) and case.state.unit != UNIT
    answer = AnswerSupervisionLetter(petition=NUMBER, number=1, document=DOCUMENT)
    (answered,) = facts(case.hears(answer, actor=CLERK))
    assert (answered.unit, answered.zone) == (UNIT, "zone_1")  # type: ignore[attr-defined]


def test_review_keeps_the_substance_track_over_a_move() -> None:
    case = Case()
    (assigned,) = [one for one in case.said if isinstance(one, CaseAssigned)]
    state = review_evolve(None, assigned, NOW)
    opened = TrackOpened(petition=NUMBER, track="substance", holder=UNIT, by=CLERK, acceptance=1, document=DOCUMENT)
    state = review_evolve(state, opened, NOW)
    case.objects()
    state = review_evolve(state, case.said[-1], NOW)
    assert isinstance(state, Awaiting)
    assert (state.case.unit != UNIT, state.case.tracks) == (True, {"substance": True})


def test_what_was_late_is_taken_back_from_whoever_was_late() -> None:
    case = Case()
    while isinstance(case.state, Open) and not case.state.overdue:
        case.tick()
    late = case.said[-1]
    case.is_tied(UNIT)
    given = {"petition": NUMBER, "traits": case_traits(), "ground": ReturnGround.OTHER, "office": "office_trial"}
    back = PetitionReturned.model_validate(given | {"by": PRINCIPAL, "returned_on": case.now.date()})
    (withdrawn,) = [one for one in facts(case.hears(back)) if isinstance(one, CaseWithdrawn)]
    assert (withdrawn.unit != UNIT, withdrawn.overdue_unit) == (True, UNIT)
    counted: dict[str, int] = {}
    for fact in (late, withdrawn):
        for one in kept(fold(None, fact, YANFENG, now=case.now)):
            for count in one:
                if count.counter == "overdue":
                    counted[count.scope] = counted.get(count.scope, 0) + count.amount
    assert counted and set(counted.values()) == {0}


def test_the_superiors_extension_of_an_earlier_acceptance_moves_nothing_and_it_is_told() -> None:
    case = Case(acceptance=2)
    given = {"petition": NUMBER, "superior": SUPERIOR, "matter": "extend", "approved": True, "on": NOW.date()}
    before = case.state
    (refused,) = facts(case.hears(SuperiorDecided.model_validate(given | {"acceptance": 1})))
    assert isinstance(refused, ExtensionRefused) and refused.reason is RefusalReason.ALREADY_DECIDED
    assert case.state == before
    outputs = case.hears(SuperiorDecided.model_validate(given | {"acceptance": 2}))
    assert [type(one).__name__ for one in facts(outputs)] == ["ClockExtended"]
