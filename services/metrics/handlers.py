"""Every fact that is counted meets the one rule: fold."""

from xinfang_contracts.message import Message

from services.runtime.rules import Handler, Step

from . import analysis, fold, fold_beside, fold_pressing, fold_review


def on_fact(message: Message) -> Step:
    """A fact to be counted."""
    return Step(None, fold.fold)


def on_analysis_due(message: analysis.AnalysisDue) -> Step:
    """A year is over."""
    return Step(None, analysis.analyse)


def on_beside(message: Message) -> Step:
    """A fact on the work beside petitions, to be counted."""
    return Step(None, fold_beside.fold)


def on_pressing(message: Message) -> Step:
    """A fact on the pressing of cases, to be counted."""
    return Step(None, fold_pressing.fold)


def on_review(message: Message) -> Step:
    """A fact on what comes after a conclusion, to be counted."""
    return Step(None, fold_review.fold)


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
    "intake.referral_returned.v1",
    "intake.notice_due.v1",
    "intake.notice_sent.v1",
    "intake.notice_delivered.v1",
    "intake.notice_failed.v1",
    "intake.notice_overdue.v1",
    "intake.notice_dropped.v1",
    "intake.repeat_confirmed.v1",
    "intake.petition_joined.v1",
    "routing.case_assigned.v1",
    "routing.case_withdrawn.v1",
    "routing.case_reassigned.v1",
    "routing.case_sent_up.v1",
    "routing.case_overdue.v1",
    "routing.assignment_corrected.v1",
    "review.report_returned.v1",
    "review.returns_withdrawn.v1",
    "review.case_concluded.v1",
    "review.case_settled.v1",
    "review.conclusion_corrected.v1",
)
BESIDE = (
    "intake.reception_recorded.v1",
    "intake.outreach_started.v1",
    "intake.outreach_reported.v1",
    "intake.concern_collected.v1",
    "intake.concern_solved.v1",
    "intake.mediation_opened.v1",
    "intake.mediation_settled.v1",
    "intake.mediation_failed.v1",
    "intake.mediation_handed_over.v1",
    "intake.supervisor_appointed.v1",
    "intake.supervisor_ended.v1",
    "intake.work_published.v1",
    "intake.work_reached.v1",
    "intake.work_awarded.v1",
    "intake.training_recorded.v1",
    "intake.satisfaction_recorded.v1",
    "intake.recommendation_issued.v1",
    "intake.recommendation_closed.v1",
)
PRESSING = (
    "routing.hearing_held.v1",
    "routing.supervision_letter_issued.v1",
    "routing.supervision_letter_answered.v1",
    "routing.supervision_letter_overdue.v1",
    "routing.intercession_recorded.v1",
    "review.opinion_overdue.v1",
)
AFTER = (
    "review.case_lapsed.v1",
    "review.case_reopened.v1",
    "review.settlement_ended.v1",
    "review.view_recorded.v1",
    "review.objection_answered.v1",
    "review.follow_up_recorded.v1",
)
REVIEW = (
    "review.clarification_filed.v1",
    "review.clarification_overdue.v1",
    "review.quality_reviewed.v1",
    "review.quality_decided.v1",
)
HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(AFTER, on_fact),
    **dict.fromkeys(COUNTED, on_fact),
    **dict.fromkeys(BESIDE, on_beside),
    **dict.fromkeys(PRESSING, on_pressing),
    **dict.fromkeys(REVIEW, on_review),
}
OWN_HANDLERS: dict[str, Handler] = {"metrics.analysis_due.v1": on_analysis_due}
