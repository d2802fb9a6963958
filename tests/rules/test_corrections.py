"""Corrections: dated, by whoever said it, and afterwards every figure is as if it had always been so."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from xinfang_contracts.district import District, Statistics
from xinfang_contracts.intake import CaseTraits, PetitionReferred, PetitionRegistered, RefusalReason, Traits
from xinfang_contracts.message import Category, Form, Message, Rank
from xinfang_contracts.review import CaseConcluded, CaseSettled, Outcome, ReportReturned, ReturnReason
from xinfang_contracts.routing import CaseAssigned, CaseOverdue
from xinfang_contracts.statistics import (
    AssignmentCorrected,
    ConclusionCorrected,
    CorrectTraits,
    TraitChanges,
    TraitsCorrected,
)

from services.intake.corrections import correct
from services.intake.decide import Facts
from services.intake.state import Petition, Registered, Screened, Sealed, State, evolve
from services.metrics.fold import fold
from services.review import quarters
from services.review.due import CaseDue as ReviewDue
from services.review.facts import Facts as ReviewFacts
from services.review.quarters import feedback_due_at
from services.review.state import Awaiting, Concluded, Handled, UnderReview
from services.review.state import evolve as review_evolve
from services.routing import decide as routing
from services.routing.expiring import CaseDue, expire
from services.routing.facts import Facts as RoutingFacts
from services.routing.state import Closed, Open, SentUp
from services.routing.state import State as RoutingState
from services.routing.state import evolve as routing_evolve
from services.runtime.clock import business_month
from services.runtime.errors import NotYet
from services.runtime.rules import Output

from . import corrections
from .given import NOW, NUMBER, YANFENG, accepted, assigned, at, case_traits, facts, kept, refusal, the, told, traits

FACTS = Facts(district=YANFENG, actor="office_petition", number="")
LATER = at("2023-12-05 09:12")
UNIT = "unit_430406001"
REGISTERED = Registered(traits=traits())
ACCEPTED = Screened(status="accepted", traits=case_traits(), screened_at=NOW)
REFERRED = Screened(status="referred", traits=traits(), screened_at=NOW)


def corrected(state: State, actor: str = "office_petition", **changes: Any) -> Sequence[Output]:
    message = CorrectTraits(petition=NUMBER, changes=TraitChanges(**changes), reason="entry_error")
    return correct(state, message, Facts(district=YANFENG, actor=actor, number=""), now=LATER)


def test_a_correction_says_before_and_after_with_its_day() -> None:
    fact = the(corrected(ACCEPTED, category=Category.WORK, town="430406002"), TraitsCorrected)
    assert (fact.before, fact.after) == (case_traits(), case_traits(category=Category.WORK, town="430406002"))
    assert (fact.corrected_on, fact.screened_on, fact.by) == (date(2023, 12, 5), date(2023, 3, 1), "office_petition")


def test_the_form_goes_with_the_channel() -> None:
    assert the(corrected(REGISTERED, channel="web"), TraitsCorrected).after.form is Form.NET


def test_the_corrected_traits_stand_afterwards_and_read_back() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(Petition)
    for state in (REGISTERED, ACCEPTED, REFERRED):
        (fact,) = facts(corrected(state, counted=False))
        after = evolve(state, fact, LATER)
        assert isinstance(after, Registered | Screened)
        assert after == state.model_copy(update={"traits": state.traits.model_copy(update={"counted": False})})
        assert stored.validate_json(stored.dump_json(after)) == after


@pytest.mark.parametrize(
    ("state", "changes", "reason"),
    [
        (None, {"counted": False}, RefusalReason.UNKNOWN_PETITION),
        (Sealed(reader="leader_principal", received_at=NOW), {"counted": False}, RefusalReason.UNKNOWN_PETITION),
        (REGISTERED, {}, RefusalReason.NOTHING_TO_CORRECT),
        (REGISTERED, {"town": "430406001"}, RefusalReason.NOTHING_TO_CORRECT),
        (REFERRED, {"rank": Rank.STAFF}, RefusalReason.NOTHING_TO_CORRECT),
        (REGISTERED, {"channel": "pigeon"}, RefusalReason.UNKNOWN_CHANNEL),
        (REGISTERED, {"town": "990001003"}, RefusalReason.UNKNOWN_TOWN),
        (REGISTERED, {"received_on": date(2023, 12, 6)}, RefusalReason.TOO_EARLY),
        (ACCEPTED, {"rank": Rank.COUNTY}, RefusalReason.MUST_BE_SEALED),
    ],
)
def test_what_cannot_be_corrected_is_refused(state: State, changes: dict[str, Any], reason: RefusalReason) -> None:
    assert refusal(corrected(state, **changes)) is reason


def test_only_the_petition_office_corrects() -> None:
    assert refusal(corrected(ACCEPTED, actor="office_trial", counted=False)) is RefusalReason.NOT_ENTITLED


OPEN = Open(unit=UNIT, zone="zone_1", clock=assigned().clock)
DUE_ON = OPEN.clock.due_at.date()


@pytest.mark.parametrize(
    ("state", "unit", "overdue_on"),
    [
        (OPEN, UNIT, None),
        (OPEN.model_copy(update={"overdue": True}), UNIT, DUE_ON),
        (Closed(unit=UNIT, zone="zone_1", since=NOW.date(), overdue_on=DUE_ON), UNIT, DUE_ON),
        (SentUp(superior="superior_430400", since=NOW.date()), None, None),
    ],
)
def test_routing_corrects_what_it_has_said(state: RoutingState, unit: str | None, overdue_on: date | None) -> None:
    said = the(routing.correct(state, corrections.of_traits(), RoutingFacts(YANFENG), now=LATER), AssignmentCorrected)
    assert (said.unit, said.since, said.overdue_on) == (unit, NOW.date(), overdue_on)


def test_routing_waits_for_its_own_assignment_and_passes_over_what_is_no_case() -> None:
    with pytest.raises(NotYet):
        routing.correct(None, corrections.of_traits(), RoutingFacts(YANFENG), now=LATER)
    (fact,) = facts(corrected(REFERRED, counted=False))
    assert isinstance(fact, TraitsCorrected)
    assert routing.correct(None, fact, RoutingFacts(YANFENG), now=LATER) == []


def test_what_no_longer_counts_is_not_counted_as_overdue_either() -> None:
    after = routing_evolve(OPEN, corrections.of_assignment(), LATER)
    late = the(
        expire(after, CaseDue(petition=NUMBER), RoutingFacts(YANFENG), now=at("2023-07-01 00:00")),
        CaseOverdue,
    )
    assert late.counted is False
    assert kept(fold(None, late, YANFENG, now=LATER)) == [()]


CASE = Handled(traits=case_traits(), unit=UNIT, zone="zone_1", excluded=[], returned_on=[date(2023, 6, 20)])
CONCLUDED = Concluded(
    case=CASE, concluded_on=date(2023, 7, 20), outcome=Outcome.PROVED, jointly_reviewed=True, recovered_yuan=300
)
REVIEW = ReviewFacts(YANFENG, "")


def test_review_corrects_its_conclusion_and_says_later_facts_with_the_new_traits() -> None:
    message = corrections.of_assignment()
    said = the(quarters.correct(CONCLUDED, message, REVIEW, now=LATER), ConclusionCorrected)
    assert (said.concluded_on, said.returned_on, said.recovered_yuan) == (date(2023, 7, 20), [date(2023, 6, 20)], 300)
    after = review_evolve(CONCLUDED, message, LATER)
    assert after is not None and after.case.traits.counted is False


def test_review_says_with_a_correction_when_the_petition_came_to_rest() -> None:
    rest = CaseSettled(petition=NUMBER, traits=case_traits(), unit=UNIT, zone="zone_1", settled_on=date(2023, 8, 1))
    state = review_evolve(CONCLUDED, rest, LATER)
    said = the(quarters.correct(state, corrections.of_assignment(), REVIEW, now=LATER), ConclusionCorrected)
    assert (said.settled, said.settled_on) == (True, date(2023, 8, 1))


def test_review_has_nothing_to_correct_before_it_has_said_anything() -> None:
    awaiting = Awaiting(case=CASE.model_copy(update={"returned_on": []}), version=1)
    assert quarters.correct(awaiting, corrections.of_assignment(), REVIEW, now=LATER) == []
    with pytest.raises(NotYet):
        quarters.correct(None, corrections.of_assignment(), REVIEW, now=LATER)


def test_review_remembers_every_return() -> None:
    state: Any = UnderReview(case=CASE, version=2, outcome=Outcome.PROVED)
    back = ReportReturned(petition=NUMBER, version=2, actor="office_trial", unit=UNIT, reason=ReturnReason.OTHER)
    after = review_evolve(state, back, at("2023-07-03 10:00"))
    assert after is not None and after.case.returned_on == [date(2023, 6, 20), date(2023, 7, 3)]


def test_a_result_is_fed_back_once_as_its_quarter_ends() -> None:
    assert feedback_due_at(CONCLUDED) == at("2023-10-01 00:00")
    assert feedback_due_at(CONCLUDED.model_copy(update={"concluded_on": date(2023, 12, 31)})) == at("2024-01-01 00:00")
    outputs = quarters.feed_back(CONCLUDED, ReviewDue(petition=NUMBER), REVIEW, now=LATER)
    (fact,) = facts(outputs)
    assert (fact.quarter, told(outputs)) == ("2023-Q3", ["office_petition"])  # type: ignore[attr-defined]
    after = review_evolve(CONCLUDED, fact, LATER)
    assert feedback_due_at(after) is None
    assert quarters.feed_back(after, ReviewDue(petition=NUMBER), REVIEW, now=LATER) == []


Sums = Counter[tuple[str, date, str]]


def sums(*said: Message, district: District = YANFENG) -> Sums:
    """What facts add up to; cells that come out even are none."""
    found: Sums = Counter()
    for fact in said:
        for counts in kept(fold(None, fact, district, now=NOW)):
            for count in counts:
                found[count.counter, count.month, count.scope] += count.amount
    return Counter({place: amount for place, amount in found.items() if amount})


def of_intake(about: CaseTraits) -> list[Message]:
    plain = Traits(**{name: getattr(about, name) for name in Traits.model_fields})
    return [PetitionRegistered(petition=NUMBER, traits=plain), accepted(about=about)]


def of_routing(about: CaseTraits) -> list[Message]:
    clock = OPEN.clock.model_copy(update={"due_at": NOW})
    late = CaseOverdue(petition=NUMBER, unit=UNIT, zone="zone_1", clock=clock, counted=about.counted)
    return [CaseAssigned(**assigned().model_dump() | {"traits": about}), late]


def of_review(about: CaseTraits) -> list[Message]:
    back = ReportReturned(
        petition=NUMBER, version=1, actor="office_trial", unit=UNIT, reason=ReturnReason.OTHER, counted=about.counted
    )
    end = CaseConcluded(
        petition=NUMBER,
        traits=about,
        unit=UNIT,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=3,
        outcome=Outcome.PROVED,
        recovered_yuan=300,
        concluded_on=date(2023, 7, 20),
    )
    return [
        back,
        back,
        end,
        CaseSettled(petition=NUMBER, traits=about, unit=UNIT, zone="zone_1", settled_on=date(2023, 8, 1)),
    ]


def same_days(fact: Any) -> Any:
    """``fold`` counts these at the day of the fact, which here is NOW for all."""
    day = NOW.date()
    changes = {"screened_on": day, "since": day, "overdue_on": day, "returned_on": [day, day]}
    return fact.model_copy(update={name: value for name, value in changes.items() if hasattr(fact, name)})


ANY_TRAITS = st.builds(
    case_traits,
    channel=st.sampled_from(["letter", "web", "visit"]),
    form=st.sampled_from(Form),
    received_on=st.dates(date(2022, 11, 1), date(2023, 12, 1)),
    town=st.sampled_from([None, "430406001", "430406100"]),
    counted=st.booleans(),
    accepted_on=st.dates(date(2022, 11, 1), date(2023, 12, 1)),
    category=st.sampled_from(Category),
    rank=st.sampled_from(Rank),
    real_name=st.booleans(),
    first_time=st.booleans(),
)


@pytest.mark.parametrize(
    ("said", "correction"),
    [
        (of_intake, corrections.of_traits),
        (of_routing, corrections.of_assignment),
        (of_review, corrections.of_conclusion),
    ],
)
@given(before=ANY_TRAITS, after=ANY_TRAITS, ends_on=st.sampled_from([None, 25]))
def test_after_a_correction_every_figure_is_as_if_it_had_always_been_so(
    said: Callable[[CaseTraits], list[Message]],
    correction: Callable[[CaseTraits, CaseTraits], Message],
    before: CaseTraits,
    after: CaseTraits,
    ends_on: int | None,
) -> None:
    district = YANFENG.model_copy(update={"statistics": Statistics(month_ends_on=ends_on)})
    fact = same_days(correction(before, after))
    assert sums(*said(before), fact, district=district) == sums(*said(after), district=district)


def test_an_outcome_without_a_case_is_corrected_too() -> None:
    (fact,) = facts(corrected(REFERRED, town="430406100"))
    before, after = (
        [
            PetitionRegistered(petition=NUMBER, traits=about),
            PetitionReferred(petition=NUMBER, traits=about, receiver="court", manner="told", basis="规则13(1)"),
        ]
        for about in (traits(), traits(town="430406100"))
    )
    assert sums(*before, fact) == sums(*after)


def test_a_correction_is_marked_as_one_and_touches_only_what_it_changes() -> None:
    (counts,) = kept(fold(None, corrections.of_traits(after=case_traits(rank=Rank.STAFF)), YANFENG, now=NOW))
    assert {count.scope for count in counts} == {"rank:village_or_other", "rank:staff"}
    assert {count.corrected_on for count in counts} == {date(2023, 12, 5)}


@pytest.mark.parametrize(
    ("day", "ends_on", "month"),
    [
        (date(2023, 11, 25), 25, date(2023, 11, 1)),
        (date(2023, 11, 26), 25, date(2023, 12, 1)),
        (date(2023, 12, 26), 25, date(2024, 1, 1)),
        (date(2023, 11, 30), None, date(2023, 11, 1)),
    ],
)
def test_a_business_month_ends_where_the_district_says(day: date, ends_on: int | None, month: date) -> None:
    assert business_month(day, ends_on) == month
