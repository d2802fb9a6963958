"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.after import (
    AnswerObjection,
    PlanFollowUp,
    RecordFollowUp,
    RecordView,
    ReopenCase,
    SendResultUp,
)
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.review import GiveOpinion, RecordSettlement, SubmitReport
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn
from xinfang_contracts.statistics import AssignmentCorrected
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.runtime.rules import Handler, Step

from . import decide, due, moves, quarters
from .after import learning, reopening, replying, visiting
from .after.people import Concerning


def on_case_assigned(message: CaseAssigned) -> Step:
    """A case has its handling unit."""
    return Step(message.petition, decide.open_case)


def on_case_reassigned(message: CaseReassigned) -> Step:
    """A case has other hands."""
    return Step(message.petition, moves.move)


def on_case_sent_up(message: CaseSentUp) -> Step:
    """A case has gone to the superior."""
    return Step(message.petition, moves.move)


def on_tie_declared(message: TieDeclared) -> Step:
    """Somebody is tied to a case."""
    return Step(message.petition, moves.hear_tie)


def on_case_withdrawn(message: CaseWithdrawn) -> Step:
    """A case is given up."""
    return Step(message.petition, decide.withdraw)


def on_track(message: TrackOpened | TrackRecorded) -> Step:
    """A track beside discipline was opened, or stands otherwise."""
    return Step(message.petition, decide.hear_track)


def on_submit_report(message: SubmitReport) -> Step:
    """The unit reports."""
    return Step(message.petition, decide.submit_report)


def on_give_opinion(message: GiveOpinion) -> Step:
    """An office or leader speaks."""
    return Step(message.petition, decide.give_opinion)


def on_record_settlement(message: RecordSettlement) -> Step:
    """The reporter has confirmed."""
    return Step(message.petition, decide.settle)


def on_record_view(message: RecordView) -> Step:
    """What the reporter says of the result."""
    return Step(message.petition, replying.record_view)


def on_answer_objection(message: AnswerObjection) -> Step:
    """An objection is explained."""
    return Step(message.petition, replying.answer_objection)


def on_send_result_up(message: SendResultUp) -> Step:
    """The principal approves that a result goes up."""
    return Step(message.petition, replying.send_result_up)


def on_plan_follow_up(message: PlanFollowUp) -> Step:
    """A visit is to be made."""
    return Step(message.petition, visiting.plan)


def on_record_follow_up(message: RecordFollowUp) -> Step:
    """A visit was made, declined, or nobody was there."""
    return Step(message.petition, visiting.record)


def on_reopen_case(message: ReopenCase) -> Step:
    """A concluded case is to be handled again."""
    return Step(message.petition, reopening.reopen)


def on_repeat_linked(message: RepeatLinked) -> Step:
    """A repeat of a case has come in."""
    return Step(message.petition, reopening.hear_repeat)


def on_learned(message: Concerning) -> Step:
    """What bears on a case after its conclusion, and leads to nothing by itself."""
    return Step(message.petition, learning.learn)


def on_assignment_corrected(message: AssignmentCorrected) -> Step:
    """What a case is counted by was corrected."""
    return Step(message.petition, quarters.correct)


def on_case_due(message: due.CaseDue) -> Step:
    """Something of a case falls due."""
    return Step(message.petition, due.fall_due)


HANDLERS: dict[str, Handler] = {
    "routing.case_assigned.v1": on_case_assigned,
    "routing.assignment_corrected.v1": on_assignment_corrected,
    "routing.case_withdrawn.v1": on_case_withdrawn,
    "routing.case_reassigned.v1": on_case_reassigned,
    "routing.case_sent_up.v1": on_case_sent_up,
    "routing.tie_declared.v1": on_tie_declared,
    "routing.track_opened.v1": on_track,
    "routing.track_recorded.v1": on_track,
    "review.submit_report.v1": on_submit_report,
    "review.give_opinion.v1": on_give_opinion,
    "review.record_settlement.v1": on_record_settlement,
    "review.record_view.v1": on_record_view,
    "review.answer_objection.v1": on_answer_objection,
    "review.send_result_up.v1": on_send_result_up,
    "review.plan_follow_up.v1": on_plan_follow_up,
    "review.record_follow_up.v1": on_record_follow_up,
    "review.reopen_case.v1": on_reopen_case,
    "routing.leader_named.v1": on_learned,
    "intake.repeat_linked.v1": on_repeat_linked,
    "intake.material_added.v1": on_learned,
    "intake.notice_sent.v1": on_learned,
    "intake.notice_delivered.v1": on_learned,
    "intake.notice_failed.v1": on_learned,
    "intake.petition_erased.v1": on_learned,
}
OWN_HANDLERS: dict[str, Handler] = {"review.case_due.v1": on_case_due}
