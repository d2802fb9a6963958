"""Two tracks: a petition rests only when both are done, in whatever order what is said of them arrives."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import District, Unit
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseSettled
from xinfang_contracts.routing import CaseWithdrawn
from xinfang_contracts.tracks import OpenTrack, RecordTrack, TrackOpened, TrackRecorded

from services.review.decide import hear_track
from services.review.facts import Facts as ReviewFacts
from services.review.state import Concluded
from services.routing.facts import Facts
from services.routing.state import Parts
from services.routing.tracks import discipline, open_track, record, settle, substance
from services.runtime.errors import NotYet
from services.runtime.rules import Output
from tests.rules.given import NOW, NUMBER, YANFENG, assigned, case_traits, facts, refusal, the, told
from tests.rules.pressing import DEPUTY, DOCUMENT, OFFICE, TRIAL, UNIT, Pressed, tied_cases
from tests.rules.stories import IN_ORDER, Story, reported

OPEN = OpenTrack(petition=NUMBER, track="substance", holder="housing", basis="条例31", document=DOCUMENT)
SOLVED = RecordTrack(petition=NUMBER, track="substance", state="solved", document=DOCUMENT)
SETTLED = CaseSettled(petition=NUMBER, traits=case_traits(), unit=UNIT, zone="zone_1", settled_on=NOW.date())
DONE = ("solved", "guided", "unfounded")


def track(state: str) -> RecordTrack:
    return SOLVED.model_copy(update={"state": state})


def opened(case: Pressed | None = None) -> Pressed:
    case = case or Pressed()
    assert facts(case.do(open_track, OFFICE, OPEN))
    return case


# -- routing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("actor", "hear"), [(OFFICE, [UNIT]), (UNIT, [OFFICE])])
def test_the_unit_or_the_petition_office_opens_it(actor: str, hear: list[str]) -> None:
    outputs = Pressed().do(open_track, actor, OPEN)
    fact = the(outputs, TrackOpened)
    assert (fact.holder, fact.by, fact.acceptance, told(outputs)) == ("housing", actor, 1, hear)


def test_the_discipline_track_is_the_case_itself() -> None:
    case = Pressed()
    assert (discipline(case.state), discipline(case.conclude().state), discipline(None)) == (
        "in_hand",
        "concluded",
        None,
    )


@pytest.mark.parametrize(
    ("actor", "change", "tied", "reason"),
    [
        (TRIAL, {}, [], RefusalReason.NOT_ENTITLED),
        ("unit_stationed_1", {}, [], RefusalReason.NOT_ENTITLED),
        (OFFICE, {}, [OFFICE], RefusalReason.UNKNOWN_PETITION),
        (OFFICE, {"petition": "990001-2023-000017"}, [], RefusalReason.UNKNOWN_PETITION),
        (OFFICE, {"holder": "nobody"}, [], RefusalReason.UNKNOWN_RECEIVER),
        (OFFICE, {"holder": "unit_stationed_1"}, ["unit_stationed_1"], RefusalReason.TIED),
    ],
)
def test_an_opening_that_is_refused(actor: str, change: dict[str, str], tied: list[str], reason: RefusalReason) -> None:
    assert refusal(Pressed(tied=tied).do(open_track, actor, OPEN.model_copy(update=change))) is reason


def test_it_is_opened_once_and_not_after_the_settlement() -> None:
    assert refusal(opened().do(open_track, UNIT, OPEN)) is RefusalReason.ALREADY_DECIDED
    case = Pressed().conclude()
    assert case.do(settle, "", SETTLED) == []
    case.hear(SETTLED)
    assert refusal(case.do(open_track, OFFICE, OPEN)) is RefusalReason.ALREADY_DECIDED
    assert isinstance(the(Pressed().conclude().do(open_track, OFFICE, OPEN), TrackOpened), TrackOpened)


@pytest.mark.parametrize("state", DONE)
def test_it_stands_as_was_recorded_last_until_it_is_done(state: str) -> None:
    case = opened()
    assert the(case.do(record, UNIT, track("in_hand")), TrackRecorded).state == "in_hand"
    assert the(case.do(record, OFFICE, track(state)), TrackRecorded).holder == "housing"
    assert refusal(case.do(record, OFFICE, track("in_hand"))) is RefusalReason.ALREADY_DECIDED


def test_whoever_sees_to_it_says_how_it_stands_and_nobody_else() -> None:
    case = Pressed()
    case.do(open_track, OFFICE, OPEN.model_copy(update={"holder": "unit_stationed_1"}))
    assert refusal(case.do(record, DEPUTY, SOLVED)) is RefusalReason.NOT_ENTITLED
    outputs = case.do(record, "unit_stationed_1", SOLVED)
    assert (the(outputs, TrackRecorded).by, told(outputs)) == ("unit_stationed_1", [UNIT, OFFICE])
    assert refusal(Pressed().do(record, OFFICE, SOLVED)) is RefusalReason.UNKNOWN_ITEM


def test_a_settlement_that_comes_before_the_conclusion_waits() -> None:
    with pytest.raises(NotYet):
        Pressed().do(settle, "", SETTLED)


def test_a_track_that_crossed_the_settlement_lapses() -> None:
    case = opened().conclude()
    outputs = case.do(settle, "", SETTLED)
    fact = the(outputs, TrackRecorded)
    assert (fact.state, fact.rule, fact.by, told(outputs)) == ("lapsed", "settled_first", None, [UNIT, OFFICE])
    case.hear(SETTLED)
    assert case.do(settle, "", SETTLED) == []


def test_accepted_anew_it_begins_anew() -> None:
    case = opened()
    day = NOW.date()
    case.hear(CaseWithdrawn(petition=NUMBER, traits=case_traits(), unit=UNIT, assigned_on=day, withdrawn_on=day))
    assert refusal(case.do(open_track, OFFICE, OPEN)) is RefusalReason.NOT_YOUR_TURN
    case.hear(assigned(acceptance=2))
    assert substance(case.state) is None
    assert the(case.do(open_track, OFFICE, OPEN), TrackOpened).acceptance == 2


@given(tied_cases(), st.booleans())
@settings(deadline=None, max_examples=100)
def test_nobody_who_is_tied_holds_a_track_or_hears_of_it(case: tuple[District, Unit, list[str]], over: bool) -> None:
    district, unit, barred = case
    story = Pressed(unit.code, district, barred)
    if over:
        story.conclude()
    said: list[Output] = []
    for actor in district.actors():
        holder = actor if district.unit(actor) else district.receivers[0].code
        said += story.do(open_track, actor, OPEN.model_copy(update={"petition": story.number, "holder": holder}))
        said += story.do(record, actor, SOLVED.model_copy(update={"petition": story.number}))
    assert not set(told(said)).intersection(barred)
    assert not {getattr(one, "holder", None) for one in facts(said)}.intersection(barred)


# -- review ----------------------------------------------------------------------------------------------------------

OPENED = TrackOpened(petition=NUMBER, track="substance", holder="housing", document=DOCUMENT, by=OFFICE)
IN_HAND = TrackRecorded(petition=NUMBER, track="substance", state="in_hand", holder="housing")


def ended(state: str = "solved") -> TrackRecorded:
    return IN_HAND.model_copy(update={"state": state})


def test_a_petition_does_not_rest_while_a_track_is_open() -> None:
    story = reported()
    story.hear(OPENED)
    story.agreed_by(*IN_ORDER)
    assert refusal(story.settlement(OFFICE)) is RefusalReason.TRACK_OPEN
    story.hear(IN_HAND)
    assert refusal(story.settlement(OFFICE)) is RefusalReason.TRACK_OPEN
    story.hear(ended())
    assert isinstance(the(story.settlement(OFFICE), CaseSettled), CaseSettled)


@pytest.mark.parametrize("order", list(permutations([OPENED, IN_HAND, ended()])))
@pytest.mark.parametrize("after", ["assigned", "concluded"])
def test_in_whatever_order_they_arrive_it_is_done(order: Sequence[Message], after: str) -> None:
    story = Story() if after == "assigned" else reported().agreed_by(*IN_ORDER)
    for fact in order:
        story.hear(fact)
    if after == "assigned":
        story.report()
        story.agreed_by(*IN_ORDER)
    assert isinstance(the(story.settlement(OFFICE), CaseSettled), CaseSettled)


def test_review_waits_for_a_case_that_it_does_not_know_yet_and_forgets_an_earlier_ones_track() -> None:
    facts_ = ReviewFacts(YANFENG, "")
    with pytest.raises(NotYet):
        hear_track(None, OPENED, facts_, now=NOW)
    story = Story()
    with pytest.raises(NotYet):
        hear_track(story.state, OPENED.model_copy(update={"acceptance": 2}), facts_, now=NOW)
    day = NOW.date()
    story.hear(CaseWithdrawn(petition=NUMBER, traits=case_traits(), unit=UNIT, assigned_on=day, withdrawn_on=day))
    story.hear(assigned(acceptance=2))
    assert hear_track(story.state, OPENED, facts_, now=NOW) == []
    story.hear(OPENED)
    story.report()
    story.agreed_by(*IN_ORDER)
    assert isinstance(the(story.settlement(OFFICE), CaseSettled), CaseSettled)


# -- the race --------------------------------------------------------------------------------------------------------


class Both:
    """Routing and review with what is on its way between them; each takes what comes in order."""

    def __init__(self) -> None:
        self.routing, self.review = Pressed().conclude(), reported().agreed_by(*IN_ORDER)
        self.to_routing: list[CaseSettled] = []
        self.to_review: list[Message] = []

    def step(self, what: str) -> None:
        match what:
            case "open":
                self.to_review += facts(self.routing.do(open_track, OFFICE, OPEN))
            case "finish":
                self.to_review += facts(self.routing.do(record, OFFICE, SOLVED))
            case "settle":
                self.to_routing += [
                    one for one in facts(self.review.settlement(OFFICE)) if isinstance(one, CaseSettled)
                ]
            case "routing" if self.to_routing:
                fact = self.to_routing.pop(0)
                # As a round does: decided on the state before, remembered in the order heard, then said.
                lapsed = facts(settle(self.routing.state, fact, Facts(YANFENG), now=NOW))
                for one in [fact, *lapsed]:
                    self.routing.hear(one)
                self.to_review += lapsed
            case "review" if self.to_review:
                self.review.hear(self.to_review.pop(0))


@given(st.lists(st.sampled_from(["open", "finish", "settle", "routing", "review"]), max_size=14))
@settings(deadline=None, max_examples=400)
def test_whatever_crosses_whatever_nothing_is_settled_with_a_track_open(order: list[str]) -> None:
    both = Both()
    for what in order:
        both.step(what)
    while both.to_routing or both.to_review:
        both.step("routing")
        both.step("review")
    review = both.review.state
    assert isinstance(review, Concluded)
    track_here = substance(both.routing.state)
    is_open = track_here is not None and track_here.is_open
    assert review.case.tracks == ({} if track_here is None else {"substance": is_open})
    assert not (review.settled and is_open)
    assert isinstance(both.routing.state, Parts)
    known = both.routing.state.tracks
    assert review.settled is (known is not None and known.settled)
