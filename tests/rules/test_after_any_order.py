"""After a conclusion, whatever comes: settlements, lapses, reopenings, views, visits, returns, twice and in any order.

Whatever happened, a correction takes all of it back, or moves it, as if it had always been so.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.after import (
    AnswerObjection,
    CaseLapsed,
    CaseReopened,
    FollowUpDue,
    FollowUpPlanned,
    FollowUpRecorded,
    Help,
    ObjectionAnswered,
    PlanFollowUp,
    RecordFollowUp,
    RecordView,
    ReopenCase,
)
from xinfang_contracts.district import FollowUpPlan, Span
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import Form, Message
from xinfang_contracts.returning import MaterialAdded
from xinfang_contracts.review import CaseConcluded, CaseSettled, ReportReturned
from xinfang_contracts.routing import CaseWithdrawn
from xinfang_contracts.statistics import AssignmentCorrected

from services.metrics.fold import fold
from services.review.state import Awaiting, Concluded
from services.runtime.rules import Refused
from tests.rules.afterwards import DOCUMENT, OFFICE, UNIT, Case, reviewing
from tests.rules.given import NUMBER, YANFENG, assigned, case_traits, facts, kept

PLAN = FollowUpPlan(cases=["every"], first=Span(length=1, unit="month"), every=Span(length=2, unit="month"), times=3)
DISTRICT = reviewing(follow_up=PLAN)
WORK = {"follow_ups", "help_given"}
"""Visits are work done: they count whether or not their petitions do."""
ACTORS = st.sampled_from([OFFICE, UNIT, "leader_principal", "office_trial"])
DEEDS = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 150)),
    st.tuples(st.sampled_from(["conclude", "sent_back", "settle", "reply", "material", "answer"]), ACTORS),
    st.tuples(st.just("reopen"), ACTORS),
    st.tuples(st.just("view"), st.sampled_from(["satisfied", "dissatisfied"]), st.booleans(), st.booleans()),
    st.tuples(st.just("repeat"), st.integers(90, 93), st.booleans()),
    st.tuples(st.just("visit"), st.sampled_from(["made", "declined", "not_reached"])),
    st.tuples(st.just("plan"), st.integers(0, 40), st.booleans()),
)


class Whatever(Case):
    """A case to which anything happens, and what must hold after each deed."""

    def happens(self, what: str, *how: Any) -> None:
        before = len(self.said)
        match what:
            case "wait":
                self.tick(self.now + timedelta(days=how[0]))
            case "conclude" if isinstance(self.state, Awaiting):
                self.conclude(yuan=7)
            case "sent_back" if isinstance(self.state, Awaiting):
                self.report()
                self.sent_back()
            case "settle":
                self.settle(how[0])
            case "reply" if isinstance(self.state, Concluded):
                self.replied()
            case "material":
                self.hear(MaterialAdded(petition=NUMBER, document=DOCUMENT))
            case "answer":
                self.do(AnswerObjection, how[0], document=DOCUMENT)
            case "reopen":
                self.do(ReopenCase, how[0], ground="returned")
            case "view":
                self.do(RecordView, view=how[0], objection=how[1], new_evidence=how[2], document=DOCUMENT)
            case "repeat":
                self.repeat(f"430406-2023-0000{how[0]}", accepted=how[1])
            case "visit":
                helped = [Help.EXPLAINED] if how[0] == "made" else []
                self.do(RecordFollowUp, outcome=how[0], on=self.now.date(), help=helped)
            case "plan":
                day = self.now.date() + timedelta(days=how[0])
                self.do(PlanFollowUp, on=day, asked_by_reporter=how[1])
        self.nothing_settles_over_an_objection(self.said[before:])

    def nothing_settles_over_an_objection(self, fresh: list[Message]) -> None:
        is_open = self.case.after is not None and bool(self.case.after.open_objections)
        assert not (is_open and any(isinstance(one, CaseSettled | CaseLapsed) for one in fresh))

    def it_rests_one_way_or_not_at_all(self) -> None:
        standing = counted(self.said)
        rest = [standing[name, month, scope] for name, month, scope in standing if name in ("settled", "lapsed")]
        state = self.state
        lapsed_on = self.case.after.lapsed_on if self.case.after else None
        is_settled = isinstance(state, Concluded) and state.settled
        assert not (is_settled and lapsed_on)
        assert set(rest) <= {1}
        assert bool(rest) is (is_settled or lapsed_on is not None)
        assert isinstance(state, Concluded) or not rest

    def who_declined_is_left_in_peace(self) -> None:
        declined = False
        for one in self.said:
            match one:
                case FollowUpRecorded():
                    assert one.outcome == "not_reached" or not declined
                    declined = one.outcome == "declined"
                case FollowUpPlanned():
                    assert one.asked_by_reporter or not declined
                    declined = declined and not one.asked_by_reporter
                case FollowUpDue():
                    assert not declined

    def its_records_hang_together(self) -> None:
        links = [link for one in self.said if (link := getattr(one, "link", None)) is not None]
        assert [link.place for link in links] == list(range(1, len(links) + 1))
        assert [link.previous for link in links] == [None, *(link.hash for link in links)][: len(links)]

    def it_was_reopened_between_its_conclusions(self) -> None:
        ends = [one for one in self.said if isinstance(one, CaseConcluded | CaseReopened)]
        kinds = [type(one) for one in ends]
        assert kinds == [CaseConcluded, CaseReopened] * (len(kinds) // 2) + [CaseConcluded] * (len(kinds) % 2)
        assert [one.reopenings for one in ends if isinstance(one, CaseConcluded)] == list(range((len(ends) + 1) // 2))
        assert [one.times for one in ends if isinstance(one, CaseReopened)] == list(range(1, len(ends) // 2 + 1))


Sums = Counter[tuple[str, date, str]]


def counted(said: list[Message]) -> Sums:
    found: Sums = Counter()
    for fact in said:
        for counts in kept(fold(None, fact, YANFENG, now=day_of(fact))):
            for count in counts:
                found[count.counter, count.month, count.scope] += count.amount
    return Counter({place: amount for place, amount in found.items() if amount})


def day_of(fact: Message) -> Any:
    """``fold`` counts a return at the day of the fact, which the story has noted."""
    return RETURNED_AT.get(id(fact), Case().now)


RETURNED_AT: dict[int, Any] = {}


class Noting(Whatever):
    def _then(self, outputs: Any) -> Any:
        outputs = super()._then(outputs)
        RETURNED_AT.update({id(one): self.now for one in facts(outputs) if isinstance(one, ReportReturned)})
        return outputs


@st.composite
def stories(draw: st.DrawFn) -> Noting:
    RETURNED_AT.clear()
    first_time, form = draw(st.sampled_from([(True, Form.LETTER), (False, Form.VISIT)]))
    about: dict[str, Any] = {"real_name": draw(st.booleans()), "first_time": first_time, "form": form}
    story = Noting(district=DISTRICT, **about)
    if draw(st.integers(0, 9)):
        story.conclude()
    for deed in draw(st.lists(DEEDS, max_size=25)):
        story.happens(*deed)
    return story


@given(stories())
@settings(deadline=None, max_examples=250)
def test_whatever_comes_it_rests_one_way_or_not_at_all(story: Noting) -> None:
    story.it_rests_one_way_or_not_at_all()
    story.who_declined_is_left_in_peace()
    story.its_records_hang_together()
    story.it_was_reopened_between_its_conclusions()


@given(stories())
@settings(deadline=None, max_examples=150)
def test_whatever_comes_it_is_never_stuck(story: Noting) -> None:
    """Handled, reviewed, or concluded and then settled by the reporter's word, once what is open is answered."""
    if isinstance(story.state, Awaiting):
        story.conclude()
    assert isinstance(story.state, Concluded)
    if story.state.case.after is not None and story.state.case.after.open_objections:
        story.do(AnswerObjection, document=DOCUMENT)
    if not story.state.settled:
        assert not isinstance(story.settle()[0], Refused)


OTHER = case_traits(
    first_time=False, form=Form.VISIT, channel="visit", town="430406100", accepted_on=date(2022, 12, 1), real_name=True
)


def corrected(before: CaseTraits, after: CaseTraits) -> AssignmentCorrected:
    return AssignmentCorrected(
        petition=NUMBER,
        before=before,
        after=after,
        unit=UNIT,
        zone="zone_1",
        since=date(2023, 3, 1),
        corrected_on=date(2025, 1, 1),
    )


def retold(said: list[Message], traits: CaseTraits) -> list[Message]:
    """The same facts, as they would have been said of such a petition."""
    told = []
    for fact in said:
        has = type(fact).model_fields
        changed = {name: value for name, value in (("traits", traits), ("counted", traits.counted)) if name in has}
        again = fact.model_copy(update=changed)
        RETURNED_AT[id(again)] = day_of(fact)
        told.append(again)
    return told


@given(stories(), st.sampled_from([OTHER, OTHER.model_copy(update={"counted": False})]))
@settings(deadline=None, max_examples=250)
def test_a_correction_moves_all_of_it_as_if_it_had_always_been_so(story: Noting, after: CaseTraits) -> None:
    before, said = story.case.traits, list(story.said)
    story.hear(corrected(before, after))
    again = retold(said, after)
    assert counted(story.said) == counted(again)
    story.hear(corrected(after, before))
    assert counted(story.said) == counted(said)


@given(stories())
@settings(deadline=None, max_examples=150)
def test_a_reopened_case_that_is_given_up_leaves_nothing_but_the_visits(story: Noting) -> None:
    if not any(isinstance(one, CaseReopened) for one in story.said) or isinstance(story.state, Concluded):
        return
    day = story.now.date()
    gone = CaseWithdrawn(
        petition=NUMBER, traits=story.case.traits, unit=UNIT, zone="zone_1", assigned_on=day, withdrawn_on=day
    )
    story.hear(gone)
    assert facts(story.hear(corrected(story.case.traits, OTHER))) == []
    assert {counter for counter, _, _ in counted(story.said)} <= WORK


def test_what_is_known_survives_another_pair_of_hands() -> None:
    story = Case(district=DISTRICT).conclude()
    story.do(RecordView, view="dissatisfied", objection=True, new_evidence=True, document=DOCUMENT)
    moved = {"unit": "unit_430406002", "zone": "zone_1", "mode": "unit", "rule": "changed_by_leader", "move": 1}
    before = {"before": UNIT, "before_on": date(2023, 3, 1), "bounces": 0, "clock": assigned().clock}
    story.hear(CaseReassigned.model_validate({"petition": NUMBER, "traits": case_traits(), **moved, **before}))
    story.conclude()
    after = story.case.after
    assert (len(after.conclusions), len(after.reopenings), len(after.open_objections)) == (1, 1, 1)
    (answered,) = facts(story.do(AnswerObjection, "unit_430406002", document=DOCUMENT))
    assert isinstance(answered, ObjectionAnswered)
    assert answered.raised[0].unit == UNIT
