"""A case concluded, cleared up, looked through, reopened, given up and accepted anew: nothing of it counts twice."""

from xinfang_contracts.after import ReopenCase
from xinfang_contracts.clarification import ClarificationFiled, ClarificationProposed
from xinfang_contracts.message import Category
from xinfang_contracts.quality import QualityReviewed, ReviewQuality
from xinfang_contracts.review import Outcome, ReportSubmitted
from xinfang_contracts.routing import CaseWithdrawn
from xinfang_contracts.statistics import AssignmentCorrected, ConclusionCorrected

from services.review.facts import Facts
from services.review.quality.drawing import FileDue, hand_out
from services.runtime.clock import civil_date
from tests.rules.afterwards import reviewing
from tests.rules.clarified import OFFICE, UNIT, Afterwards, concluded
from tests.rules.given import assigned, case_traits, the

DISTRICT = reviewing()


def given_up() -> Afterwards:
    """Concluded, cleared up, reviewed; then the reporter came back, and it went back to the petition office."""
    told = Afterwards(district=DISTRICT).up_to("filed")
    told._then(hand_out(told.state, FileDue(petition=told.number, period="2023-Q1"), Facts(DISTRICT, ""), now=told.now))
    told.say("office_case", ReviewQuality(petition=told.number, period="2023-Q1", points_off=[]))
    told.say(OFFICE, ReopenCase(petition=told.number, ground="returned"))
    assert {ClarificationFiled, QualityReviewed} <= {type(one) for one in told.said}
    day = civil_date(told.now)
    told.hears(
        "routing.case_withdrawn.v1",
        CaseWithdrawn(
            petition=told.number, traits=case_traits(), unit=UNIT, zone="zone_1", assigned_on=day, withdrawn_on=day
        ),
    )
    return told


def test_what_was_taken_back_is_taken_back_once() -> None:
    told = given_up()
    gone = told.said[-1]
    assert isinstance(gone, ConclusionCorrected)
    assert (len(gone.clarified), len(gone.files), gone.after.counted) == (1, 1, False)
    told.hear(assigned(number=told.number, acceptance=2))
    corrected = AssignmentCorrected(
        petition=told.number,
        before=case_traits(),
        after=case_traits(category=Category.POLITICAL),
        unit=UNIT,
        since=civil_date(told.now),
        corrected_on=civil_date(told.now),
    )
    assert told.hears("routing.assignment_corrected.v1", corrected) == []


def test_nobody_is_asked_to_review_the_file_of_a_conclusion_that_counts_no_more() -> None:
    told = given_up()
    told.hear(assigned(number=told.number, acceptance=2))
    assert told.state is not None
    assert told.state.case.quality is None or told.state.case.quality.files == ()
    assert told.one().is_void


def test_a_clarification_of_the_new_acceptance_counts_and_has_a_number_of_its_own() -> None:
    told = given_up()
    told.hear(assigned(number=told.number, acceptance=2))
    told.hear(ReportSubmitted(petition=told.number, version=2, unit=UNIT, outcome=Outcome.UNFOUNDED))
    told.hear(concluded(told.number, UNIT, Outcome.UNFOUNDED, civil_date(told.now)))
    assert the(told.proposed(), ClarificationProposed).number == 2
    assert not told.one(2).is_void
