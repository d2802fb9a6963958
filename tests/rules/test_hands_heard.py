"""Review and intake hear of moves and ties in any order, and end where routing is."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.intake import PetitionAccepted, PetitionRegistered, RefusalReason, ScreenPetition
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded, OpinionGiven, ReportSubmitted
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn, Mode
from xinfang_contracts.statistics import ConclusionCorrected, ReturnedReport
from xinfang_contracts.ties import TieKind

from services.intake.decide import Facts as IntakeFacts
from services.intake.decide import screen
from services.intake.repeats.rules import Facts as RepeatFacts
from services.intake.repeats.rules import tell_assigned
from services.intake.state import Registered, Screened
from services.intake.state import evolve as evolve_petition
from services.intake.vault.readership import may_read
from services.review import decide, moves, quarters
from services.review.facts import Facts
from services.review.state import Above, Awaiting, Concluded, State, UnderReview, Withdrawn, evolve
from services.routing.state import Open
from services.runtime.errors import NotYet
from tests.rules import corrections
from tests.rules.generated import acceptances, districts
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, assigned, facts, reassigned, refusal, the, told, traits
from tests.rules.hands import Hands
from tests.rules.stories import TOWN_UNIT, Story
from tests.rules.test_hands import DEED, happens

HEARD: dict[type[Message], Any] = {
    CaseAssigned: decide.open_case,
    CaseReassigned: moves.move,
    CaseSentUp: moves.move,
    TieDeclared: moves.hear_tie,
    CaseWithdrawn: decide.withdraw,
}
SUBSTITUTE = "leader_deputy_2"


@st.composite
def told_in_any_order(draw: st.DrawFn) -> tuple[Hands, list[Message]]:
    district = draw(districts())
    case = Hands(district, draw(acceptances(district)))
    for deed in draw(st.lists(DEED, max_size=8)):
        happens(case, *deed)
    heard = [one for one in case.said if type(one) in HEARD]
    return case, draw(st.permutations(heard))


def hear_all(heard: Sequence[Message], hear: Callable[[Message], None]) -> None:
    """Each once, in this order; what is too early comes again."""
    waiting = list(heard)
    while waiting:
        early = []
        for fact in waiting:
            try:
                hear(fact)
            except NotYet:
                early.append(fact)
        assert len(early) < len(waiting), "everything waits for something"
        waiting = early


@given(told_in_any_order())
@settings(deadline=None, max_examples=120)
def test_in_whatever_order_moves_are_heard_review_ends_where_routing_is(drawn: tuple[Hands, list[Message]]) -> None:
    case, heard = drawn
    state: State = None

    def hear(fact: Message) -> None:
        nonlocal state
        HEARD[type(fact)](state, fact, Facts(case.district, ""), now=NOW)
        state = evolve(state, fact, NOW)

    hear_all(heard, hear)
    if isinstance(case.state, Open):
        assert isinstance(state, Awaiting)
        assert state.case.unit == case.holder
        assert {*state.case.excluded} == case.excluded
    else:
        assert state is None or isinstance(state, Above)


@given(told_in_any_order())
@settings(deadline=None, max_examples=80)
def test_in_whatever_order_moves_are_heard_the_vault_knows_who_may_read(drawn: tuple[Hands, list[Message]]) -> None:
    case, heard = drawn
    state: Any = evolve_petition(Registered(traits=traits()), case.petition, NOW)
    for fact in heard:
        state = evolve_petition(state, fact, NOW)
    assert isinstance(state, Screened)
    assert state.unit == case.holder
    assert {*state.excluded} == case.excluded
    assert not any(may_read(state, actor, case.district) for actor in case.excluded)
    units = {unit.code for unit in case.district.units if may_read(state, unit.code, case.district)}
    beside = case.state.hands.assisting if isinstance(case.state, Open) else []
    assert units == ({case.holder, *beside} if isinstance(case.state, Open) else set())


def test_who_helps_or_leads_may_read_for_as_long_as_they_do() -> None:
    case = Hands(YANFENG, accepted(people=12, amount_yuan=60_000))
    state: Any = evolve_petition(Registered(traits=traits()), case.petition, NOW)
    state = evolve_petition(state, case.said[0], NOW)
    beside = ["unit_430406002", "unit_stationed_1", "leader_deputy_1"]
    assert all(may_read(state, actor, YANFENG) for actor in beside)
    case.is_changed("leader_principal", Mode.TAKE_UP)
    state = evolve_petition(state, case.said[-1], NOW)
    assert not any(may_read(state, actor, YANFENG) for actor in beside)


# -- review ----------------------------------------------------------------------------------------------------------


def moved(story: Story, fact: CaseReassigned | CaseSentUp) -> None:
    assert moves.move(story.state, fact, Facts(story.district, ""), now=NOW) == []
    story.hear(fact)


def under_review() -> Story:
    story = Story()
    story.report()
    return story


def test_a_report_that_is_under_review_falls_with_its_number() -> None:
    story = under_review().agreed_by("office_petition")
    moved(story, reassigned())
    assert isinstance(story.state, Awaiting)
    assert (story.state.case.unit, story.state.version) == ("unit_430406004", 2)
    assert refusal(story.report(2, actor=TOWN_UNIT)) is RefusalReason.NOT_ENTITLED
    assert the(story.report(2, actor="unit_430406004"), ReportSubmitted).unit == "unit_430406004"


def test_other_helpers_beside_the_same_unit_leave_its_report_standing() -> None:
    story = under_review().agreed_by("office_petition")
    moved(story, reassigned(TOWN_UNIT, mode=Mode.ZONE_ASSISTED))
    assert isinstance(story.state, UnderReview)
    assert story.state.given == ["office_petition"]


def test_what_is_with_the_superior_is_not_reviewed_and_comes_back() -> None:
    story = under_review()
    up = CaseSentUp(
        petition=NUMBER,
        traits=story.given.traits,
        superior="superior_430400",
        rule="taken_up",
        before=TOWN_UNIT,
        move=1,
    )
    moved(story, up)
    assert isinstance(story.state, Above)
    assert refusal(story.opinion("office_petition")) is RefusalReason.NOT_ENTITLED
    assert refusal(story.report(2)) is RefusalReason.NOT_ENTITLED
    moved(story, reassigned(move=2, before="superior_430400"))
    assert the(story.report(2, actor="unit_430406004"), ReportSubmitted).version == 2


def test_what_is_concluded_is_over_whatever_was_moved_meanwhile() -> None:
    story = under_review().agreed_by(*[actor for step in IN_ORDER for actor in step])
    assert isinstance(story.state, Concluded)
    moved(story, reassigned())
    assert story.state.case.unit == TOWN_UNIT


IN_ORDER = [
    ["office_supervision_1", "office_petition", "office_trial"],
    ["leader_assist_1"],
    ["leader_deputy_1"],
    ["leader_principal"],
]


def test_a_return_ends_it_for_good_and_a_later_word_of_a_move_changes_nothing() -> None:
    story = Story()
    story.hear(
        CaseWithdrawn(
            petition=NUMBER,
            traits=story.given.traits,
            unit="unit_430406004",
            assigned_on=NOW.date(),
            withdrawn_on=NOW.date(),
        )
    )
    moved(story, reassigned())
    assert isinstance(story.state, Withdrawn)


def tie(story: Story, actor: str) -> Sequence[Any]:
    fact = TieDeclared(petition=NUMBER, actor=actor, assigned=True)
    outputs = moves.hear_tie(story.state, fact, Facts(story.district, ""), now=NOW)
    story.hear(fact)
    for one in facts(outputs):
        story.hear(one)
        story.said.append(one)
    return outputs


def test_a_tied_voice_no_longer_counts_and_whoever_steps_in_is_told() -> None:
    story = under_review().agreed_by("office_supervision_1", "office_petition", "office_trial")
    outputs = tie(story, "office_trial")
    assert isinstance(story.state, UnderReview)
    assert "office_trial" not in story.state.given
    (stand_in,) = told(outputs)
    assert refusal(story.opinion("leader_assist_1")) is RefusalReason.NOT_YOUR_TURN
    assert refusal(story.opinion("office_trial")) is RefusalReason.UNKNOWN_PETITION
    assert the(story.opinion(stand_in), OpinionGiven).step == 1


def test_a_tie_of_somebody_without_a_place_tells_nobody() -> None:
    assert tie(under_review(), "unit_stationed_5") == []


def test_where_the_last_voice_is_tied_and_nobody_need_step_in_the_case_is_concluded() -> None:
    """Everybody but the superior is tied, and the superior has spoken already."""
    everybody = [*(one.code for one in YANFENG.offices), *(one.code for one in YANFENG.leaders)]
    story = Story(excluded=[one for one in everybody if one != "leader_principal"])
    story.report()
    story.agreed_by("superior_430400")
    outputs = tie(story, "leader_principal")
    assert the(outputs, CaseConcluded).version == 1


EITHER_ORDER = pytest.mark.parametrize("move_first", [True, False], ids=["move first", "tie first"])


def tied_and_moved(story: Story, actor: str, *, move_first: bool, excluded: Sequence[str] = ()) -> list[Any]:
    """Routing says that somebody is tied, and gives the same unit other helpers; all that review says of it."""
    tie = TieDeclared(petition=NUMBER, actor=actor, assigned=True)
    move = reassigned(TOWN_UNIT, mode=Mode.UNIT, excluded=sorted({*excluded, actor}))
    heard: list[tuple[Any, Message]] = [(moves.hear_tie, tie), (moves.move, move)]
    return [one for rule, fact in (heard[::-1] if move_first else heard) for one in story.heard(rule, fact)]


@EITHER_ORDER
def test_whoever_steps_in_is_told_once_whichever_is_heard_first(move_first: bool) -> None:
    story = under_review().agreed_by("office_petition", "office_trial")
    outputs = tied_and_moved(story, "office_trial", move_first=move_first)
    assert told(outputs) == [SUBSTITUTE]
    assert isinstance(story.state, UnderReview)
    assert story.state.given == ["office_petition"]
    assert the(story.opinion(SUBSTITUTE), OpinionGiven).step == 1


@EITHER_ORDER
def test_where_the_tied_was_the_last_one_missing_it_is_concluded_whichever_is_heard_first(move_first: bool) -> None:
    everybody = [*(one.code for one in YANFENG.offices), *(one.code for one in YANFENG.leaders)]
    others = [one for one in everybody if one != "leader_principal"]
    story = Story(excluded=others)
    story.report()
    story.agreed_by("superior_430400")
    outputs = tied_and_moved(story, "leader_principal", move_first=move_first, excluded=others)
    assert [type(one) for one in facts(outputs)] == [CaseConcluded]
    assert isinstance(story.state, Concluded)


def test_a_tie_between_two_acceptances_stays_though_the_second_has_an_older_list() -> None:
    story = Story(excluded=["office_case"])
    withdrawn = CaseWithdrawn(
        petition=NUMBER,
        traits=story.given.traits,
        unit=TOWN_UNIT,
        assigned_on=NOW.date(),
        withdrawn_on=NOW.date(),
    )
    story.heard(decide.withdraw, withdrawn)
    story.heard(moves.hear_tie, TieDeclared(petition=NUMBER, actor="office_trial", assigned=False))
    story.heard(decide.open_case, story.given.model_copy(update={"acceptance": 2}))
    assert isinstance(story.state, Awaiting)
    assert story.state.case.excluded == ["office_case", "office_trial"]
    assert SUBSTITUTE in told(story.report())


def test_what_was_above_when_it_was_given_up_is_reviewed_by_nobody() -> None:
    story = under_review()
    up = CaseSentUp(
        petition=NUMBER,
        traits=story.given.traits,
        superior="superior_430400",
        rule="taken_up",
        before=TOWN_UNIT,
        move=1,
    )
    story.heard(moves.move, up)
    gone = CaseWithdrawn(
        petition=NUMBER,
        traits=story.given.traits,
        unit="superior_430400",
        assigned_on=NOW.date(),
        withdrawn_on=NOW.date(),
    )
    story.heard(decide.withdraw, gone)
    assert isinstance(story.state, Withdrawn)
    assert refusal(story.opinion("office_petition", 2)) is RefusalReason.NOT_ENTITLED


def test_a_tie_before_the_assignment_waits_where_there_is_one() -> None:
    fact = TieDeclared(petition=NUMBER, actor="office_trial", assigned=True)
    with pytest.raises(NotYet):
        moves.hear_tie(None, fact, Facts(YANFENG, ""), now=NOW)
    above = fact.model_copy(update={"assigned": False})
    assert moves.hear_tie(None, above, Facts(YANFENG, ""), now=NOW) == []


def test_a_report_that_went_back_stays_with_the_unit_that_wrote_it() -> None:
    story = under_review()
    story.opinion("office_trial", back=True)
    moved(story, reassigned())
    assert isinstance(story.state, Awaiting)
    assert story.state.case.returned_before == [ReturnedReport(unit=TOWN_UNIT, on=NOW.date())]
    message = corrections.of_assignment().model_copy(update={"unit": "unit_430406004"})
    said = the(quarters.correct(story.state, message, Facts(YANFENG, ""), now=NOW), ConclusionCorrected)
    assert (said.returned_on, said.returned_before) == ([], story.state.case.returned_before)


# -- intake ----------------------------------------------------------------------------------------------------------

ACCEPT = {"kind": "accept", "category": "integrity", "rank": "staff", "real_name": False}


def screened(district: District = YANFENG, **decision: Any) -> Sequence[Any]:
    message = ScreenPetition.model_validate({"petition": NUMBER, "decision": ACCEPT | decision})
    return screen(Registered(traits=traits()), message, IntakeFacts(district, "office_petition", NUMBER), now=NOW)


def test_ties_are_taken_at_the_acceptance_and_how_anybody_is_tied_is_not_told_on() -> None:
    ties = [{"actor": "leader_deputy_1", "kind": "relative_of_reporter"}]
    ties += [{"actor": "office_case", "kind": "interest"}]
    outputs = screened(ties=ties, people=12, amount_yuan=70_000, urgent=True)
    fact = the(outputs, PetitionAccepted)
    assert fact.excluded == ["leader_deputy_1", "office_case"]
    assert (fact.people, fact.amount_yuan, fact.urgent) == (12, 70_000, True)
    assert not any(f'"{kind}"' in fact.model_dump_json() for kind in TieKind)
    assert "office_case" not in told(outputs)
    assert not any(one.fact.excluded for one in outputs if one is not fact and hasattr(one.fact, "excluded"))


def test_a_leader_who_held_a_post_in_the_accuseds_unit_is_tied_without_being_named() -> None:
    leaders = [
        leader.model_copy(update={"former": ["unit_stationed_1"]}) if leader.code == "leader_principal" else leader
        for leader in YANFENG.leaders
    ]
    district = YANFENG.model_copy(update={"leaders": leaders})
    fact = the(screened(district, accused_unit="unit_stationed_1"), PetitionAccepted)
    assert fact.excluded == ["leader_principal", "unit_stationed_1"]


@pytest.mark.parametrize("actor", ["unit_nowhere", "superior_430400", "partner_court"])
def test_a_tie_of_somebody_who_has_no_part_anyhow_is_a_mistake(actor: str) -> None:
    assert refusal(screened(ties=[{"actor": actor, "kind": "interest"}])) is RefusalReason.UNKNOWN_ACTOR


def test_a_tie_that_is_heard_after_a_return_binds_the_next_acceptance() -> None:
    tied = evolve_petition(
        Registered(traits=traits()), TieDeclared(petition=NUMBER, actor="office_trial", assigned=False), NOW
    )
    assert isinstance(tied, Registered) and tied.tied == ["office_trial"]


def test_the_new_unit_is_told_of_the_repeats_and_of_what_is_over_nobody_is() -> None:
    repeat = "430406-2023-000018"
    case = evolve_petition(Registered(traits=traits(), linked=[repeat]), accepted(), NOW)
    assert isinstance(case, Screened)
    case = evolve_petition(case.model_copy(update={"linked": [repeat]}), assigned(), NOW)
    known = RepeatFacts(YANFENG, "", earlier={repeat: Registered(traits=traits())})
    assert "unit_430406004" in told(tell_assigned(case, reassigned(), known, now=NOW))
    assert isinstance(case, Screened)
    over = case.model_copy(update={"ended_at": NOW})
    assert tell_assigned(over, reassigned(), known, now=NOW) == []


def test_registration_ties_are_kept_beside_declared_ones() -> None:
    registered = PetitionRegistered(petition=NUMBER, traits=traits(), excluded=["unit_stationed_2"])
    state = evolve_petition(None, registered, NOW)
    message = ScreenPetition.model_validate(
        {"petition": NUMBER, "decision": ACCEPT | {"ties": [{"actor": "office_trial", "kind": "interest"}]}}
    )
    outputs = screen(state, message, IntakeFacts(YANFENG, "office_petition", NUMBER), now=NOW)
    assert the(outputs, PetitionAccepted).excluded == ["office_trial", "unit_stationed_2"]
