"""Every fact that is counted meets the one rule: fold."""

from xinfang_contracts.message import Message

from services.runtime.rules import Handler, Step

from . import analysis, fold


def on_fact(message: Message) -> Step:
    """A fact to be counted."""
    return Step(None, fold.fold)


def on_analysis_due(message: analysis.AnalysisDue) -> Step:
    """A year is over."""
    return Step(None, analysis.analyse)


COUNTED = (
    "intake.district_declared.v1",
    "intake.petition_registered.v1",
    "intake.petition_accepted.v1",
    "intake.petition_referred.v1",
    "intake.petition_declined.v1",
    "intake.petition_kept_on_file.v1",
    "intake.traits_corrected.v1",
    "intake.petition_marked.v1",
    "intake.petition_transferred_down.v1",
    "intake.referral_step_taken.v1",
    "intake.petition_returned.v1",
    "routing.case_assigned.v1",
    "routing.case_withdrawn.v1",
    "routing.case_sent_up.v1",
    "routing.case_overdue.v1",
    "routing.assignment_corrected.v1",
    "review.report_returned.v1",
    "review.case_concluded.v1",
    "review.case_settled.v1",
    "review.conclusion_corrected.v1",
)
HANDLERS: dict[str, Handler] = dict.fromkeys(COUNTED, on_fact)
OWN_HANDLERS: dict[str, Handler] = {"metrics.analysis_due.v1": on_analysis_due}
