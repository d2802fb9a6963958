"""Cases that are given up and figures that are taken back: routing, review and metrics after screening."""

from collections import Counter
from datetime import date

import pytest
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import PetitionRegistered
from xinfang_contracts.message import Message, SkipLevel
from xinfang_contracts.notices import NoticeDropped, NoticeFailed
from xinfang_contracts.repeats import PetitionJoined
from xinfang_contracts.review import ReportReturned, ReturnsWithdrawn, SubmitReport
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseWithdrawn
from xinfang_contracts.screening import PetitionMarked, PetitionReturned, ReferralReturned
from xinfang_contracts.statistics import AssignmentCorrected, ConclusionCorrected, TraitsCorrected

from services.metrics.indicators import INDICATORS, Cell, value
from services.review import decide as review
from services.review.facts import Facts as ReviewFacts
from services.review.state import Awaiting
from services.review.state import evolve as review_evolve
from services.routing.decide import assign, close, give_up
from services.routing.facts import Facts
from services.routing.state import Open, due_at
from services.routing.state import evolve as routing_evolve
from services.runtime.errors import NotYet
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, assigned, facts, refusal, the, told, traits
from tests.rules.screened import SCREENING_FACTS, UNIT, returned, step, visited, withdrawn
from tests.rules.stories import Story, reported
from tests.rules.test_fold import FACTS, concluded, counted

OPEN = Open(unit=UNIT, zone="zone_1", clock=assigned().clock)
GIVEN_UP = routing_evolve(OPEN, withdrawn(), NOW)
BACK = ReviewFacts(YANFENG, "x")


# -- routing ---------------------------------------------------------------------------------------------------------


def test_a_returned_case_is_given_up_and_its_clock_stops() -> None:
    said = list(give_up(OPEN, returned(), Facts(YANFENG), now=NOW))
    fact = the(said, CaseWithdrawn)
    assert (fact.unit, fact.assigned_on, fact.withdrawn_on) == (UNIT, date(2023, 3, 1), date(2023, 3, 1))
    assert told(said) == [UNIT, "office_case"]
    assert due_at(routing_evolve(OPEN, fact, NOW)) is None


def test_given_up_twice_is_said_once() -> None:
    assert give_up(GIVEN_UP, returned(), Facts(YANFENG), now=NOW) == []


def test_a_return_that_overtakes_the_acceptance_waits() -> None:
    with pytest.raises(NotYet):
        give_up(None, returned(), Facts(YANFENG), now=NOW)
    with pytest.raises(NotYet):
        give_up(OPEN, returned(acceptance=2), Facts(YANFENG), now=NOW)


def test_accepted_again_it_is_assigned_again() -> None:
    fact = the(list(assign(GIVEN_UP, accepted(acceptance=2), Facts(YANFENG), now=NOW)), CaseAssigned)
    assert fact.acceptance == 2
    state = routing_evolve(GIVEN_UP, fact, NOW)
    assert give_up(state, returned(), Facts(YANFENG), now=NOW) == []
    assert list(close(state, concluded(), Facts(YANFENG), now=NOW)) == []


def test_the_earlier_acceptance_said_again_assigns_nothing() -> None:
    assert assign(GIVEN_UP, accepted(), Facts(YANFENG), now=NOW) == []
    assert assign(OPEN, accepted(), Facts(YANFENG), now=NOW) == []


def test_a_new_acceptance_waits_until_the_old_case_is_given_up() -> None:
    with pytest.raises(NotYet):
        assign(OPEN, accepted(acceptance=2), Facts(YANFENG), now=NOW)


# -- review ----------------------------------------------------------------------------------------------------------


def test_nobody_reports_on_or_reviews_a_case_that_was_given_up() -> None:
    story = reported()
    story.hear(withdrawn())
    assert refusal(story.report(2)).value == "already_decided"
    assert refusal(story.opinion("office_petition", 1)).value == "already_decided"


def test_a_case_assigned_anew_goes_on_with_the_next_version() -> None:
    story = reported()
    story.hear(withdrawn())
    story.hear(assigned(UNIT, acceptance=2))
    assert isinstance(story.state, Awaiting) and story.state.version == 2
    assert facts(story.report(2))


def test_without_a_report_the_first_version_is_still_to_come() -> None:
    story = Story()
    story.hear(withdrawn())
    story.hear(assigned(UNIT, acceptance=2))
    assert facts(story.report(1))


def test_a_withdrawal_and_a_new_assignment_wait_for_what_comes_before_them() -> None:
    state = review_evolve(None, assigned(), NOW)
    with pytest.raises(NotYet):
        review.withdraw(None, withdrawn(), BACK, now=NOW)
    with pytest.raises(NotYet):
        review.withdraw(state, withdrawn(acceptance=2), BACK, now=NOW)
    with pytest.raises(NotYet):
        review.open_case(state, assigned(acceptance=2), BACK, now=NOW)


def test_an_old_withdrawal_leaves_the_new_case_alone() -> None:
    story = Story()
    for fact in (withdrawn(), assigned(UNIT, acceptance=2), withdrawn()):
        story.hear(fact)
    report = SubmitReport(petition=NUMBER, version=1, outcome="proved")  # type: ignore[arg-type]
    assert facts(review.submit_report(story.state, report, ReviewFacts(YANFENG, UNIT), now=NOW))


# -- metrics ---------------------------------------------------------------------------------------------------------


def sums(*said: Message) -> Counter[tuple[str, date, str]]:
    found: Counter[tuple[str, date, str]] = Counter()
    for fact in said:
        for count in counted(fact):
            found[count.counter, count.month, count.scope] += count.amount
    return found


def figure(code: str, *said: Message, scope: str = "district") -> float | None:
    indicator = next(one for one in INDICATORS if one.code == code)
    cells = {place: Cell(amount, 1, NOW) for place, amount in sums(*said).items()}
    year = value(indicator, "2023", [date(2023, month, 1) for month in range(1, 13)], cells, NOW)
    return {one.scope: one.value for one in year.scopes}.get(scope)


def test_a_returned_acceptance_leaves_nothing_of_itself_but_its_return() -> None:
    left = {place: amount for place, amount in sums(accepted(), assigned(), returned(), withdrawn()).items() if amount}
    assert {counter for counter, _, _ in left} == {"acceptances_returned"}
    assert {month for _, month, _ in left} == {date(2023, 4, 1)}


def test_a_case_given_up_counts_neither_as_late_nor_what_was_returned_of_it() -> None:
    late = CaseOverdue(petition=NUMBER, unit=UNIT, zone="zone_1", clock=OPEN.clock)
    story, due = reported(), OPEN.clock.due_at
    back = the(list(story.opinion("office_trial", 1, back=True)), ReportReturned)
    gone = the(list(give_up(routing_evolve(OPEN, late, due), returned(), Facts(YANFENG), now=due)), CaseWithdrawn)
    assert gone.overdue_on == due.date()
    (taken_back,) = facts(review.withdraw(story.state, gone, BACK, now=NOW))
    assert isinstance(taken_back, ReturnsWithdrawn)
    story.hear(gone)
    assert story.state is not None and story.state.case.returned_on == []
    assert review.withdraw(story.state, gone, BACK, now=NOW) == []
    found = sums(assigned(), gone, back, taken_back)
    for count in counted(late, due):
        found[count.counter, count.month, count.scope] += count.amount
    assert not any(found.values())


def test_of_what_does_not_count_nothing_is_taken_back() -> None:
    about = {"traits": returned().traits.model_copy(update={"counted": False})}
    late = OPEN.model_copy(update={"overdue": True, "counted": False})
    gone = the(list(give_up(late, returned(**about), Facts(YANFENG), now=NOW)), CaseWithdrawn)
    assert counted(gone) == []


def test_accepted_again_it_counts_once() -> None:
    again = accepted(acceptance=2)
    assert figure("petitions_accepted", accepted(), returned(), again) == 1
    assert figure("acceptances_returned", accepted(), returned(), again) == 1
    assert figure("real_name_rate", accepted(), returned(), again, scope="form:letter") == 100


def test_without_substance_is_measured_against_what_was_received() -> None:
    declined = SCREENING_FACTS[-1]
    received = visited()
    assert figure("no_substance_rate", received, received, declined) == 50


def test_a_referral_is_followed_up_once_and_answered_in_the_month_it_was_made() -> None:
    said = (step("guided", first=True), step("urged"), step("answered"))
    assert figure("referrals_followed_up", *said) == 1
    assert figure("referrals_answered", *said) == 1
    assert {month for _, month, _ in sums(*said)} == {date(2023, 3, 1)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("skip_level_petitions", 3),
        ("skip_level_petitions_provincial", 2),
        ("skip_level_petitions_central", 1),
        ("skip_level_visits_provincial", 1),
        ("skip_level_visits_central", 1),
    ],
)
def test_levels_gone_over_are_counted_visits_apart(code: str, expected: int) -> None:
    later = PetitionMarked(petition=NUMBER, traits=traits(), skip_level=SkipLevel.PROVINCE)
    assert figure(code, visited(SkipLevel.PROVINCE), visited(SkipLevel.CENTRAL), visited(), later) == expected


@pytest.mark.parametrize(("before", "now", "change"), [(2, 0, -100), (2, 3, 50), (0, 3, None)])
def test_the_change_against_the_year_before_needs_something_to_compare_with(
    before: int, now: int, change: float | None
) -> None:
    def received(year: int) -> PetitionRegistered:
        about = traits(skip_level=SkipLevel.PROVINCE, received_on=date(year, 2, 27))
        return PetitionRegistered(petition=NUMBER, traits=about)

    assert figure("skip_level_petitions_change", *[received(2022)] * before, *[received(2023)] * now) == change


def test_five_visitors_make_a_collective_visit() -> None:
    said = (visited(heads=4), visited(heads=5), visited(heads=12))
    assert figure("collective_visits", *said) == 2
    assert figure("collective_visitors", *said) == 17


def test_only_returns_moves_and_corrections_take_anything_back_and_never_without_a_date() -> None:
    taking = {type(fact): count for fact in FACTS for count in counted(fact) if count.amount < 0}
    corrections = {TraitsCorrected, AssignmentCorrected, ConclusionCorrected}
    sent_back = {PetitionReturned, CaseWithdrawn, ReturnsWithdrawn, ReferralReturned, PetitionJoined, CaseReassigned}
    assert taking.keys() == sent_back | {NoticeFailed, NoticeDropped} | corrections
    assert all(count.corrected_on is not None for count in taking.values())
