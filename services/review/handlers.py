"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.after import (
    AnswerObjection,
    PlanFollowUp,
    RecordFollowUp,
    RecordView,
    ReopenCase,
    SendResultUp,
)
from xinfang_contracts.clarification import (
    ApproveClarification,
    AssessClarification,
    CarryOutClarification,
    CheckClarification,
    FileClarification,
    ProposeClarification,
    ProposeFalseAccusation,
    RecordClarificationApplication,
    RecordMistakenAccusation,
)
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.quality import DecideQuality, DrawSample, ObjectToQuality, ReviewQuality
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.review import GiveOpinion, RecordSettlement, SubmitReport
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn
from xinfang_contracts.signing import EnrolKey, OfferKey, RevokeKey, thumbprint
from xinfang_contracts.statistics import AssignmentCorrected
from xinfang_contracts.tracks import TrackOpened, TrackRecorded
from xinfang_contracts.vault import DocumentDeposited, DocumentKind

from services.runtime.rules import Handler, Step

from . import decide, due, moves, quarters
from .after import learning, reopening, replying, visiting
from .after.people import Concerning
from .audit import heads
from .clarifying import accusing, counting, deciding, proposing
from .clarifying.state import ClarifyingRecounted
from .joint import late
from .joint.state import CaseRecounted
from .quality import drawing, reviewing
from .signing import enrolling


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


def on_offer_key(message: OfferKey) -> Step:
    """A person offers a key."""
    return Step(thumbprint(message.sign), enrolling.offer, of="key")


def on_enrol_key(message: EnrolKey) -> Step:
    """The operator has compared a key with its person."""
    return Step(message.key, enrolling.enrol, of="key")


def on_revoke_key(message: RevokeKey) -> Step:
    """The operator takes a key out of use."""
    return Step(message.key, enrolling.revoke, of="key")


def on_heads_due(_message: heads.HeadsDue) -> Step:
    """A day has begun."""
    return Step(None, heads.publish)


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


def on_propose_clarification(message: ProposeClarification) -> Step:
    """Whoever handled the case proposes that it be cleared up."""
    return Step(message.petition, proposing.propose)


def on_record_clarification_application(message: RecordClarificationApplication) -> Step:
    """The accused asks for it."""
    return Step(message.petition, proposing.apply)


def on_assess_clarification(message: AssessClarification) -> Step:
    """It is assessed."""
    return Step(message.petition, proposing.assess)


def on_check_clarification(message: CheckClarification) -> Step:
    """Its facts are checked."""
    return Step(message.petition, proposing.check_facts)


def on_approve_clarification(message: ApproveClarification) -> Step:
    """The principal decides on it."""
    return Step(message.petition, deciding.approve)


def on_carry_out_clarification(message: CarryOutClarification) -> Step:
    """It is done."""
    return Step(message.petition, deciding.carry_out)


def on_file_clarification(message: FileClarification) -> Step:
    """It is filed."""
    return Step(message.petition, deciding.file)


def on_propose_false_accusation(message: ProposeFalseAccusation) -> Step:
    """The superior is to decide whether a report was a false accusation."""
    return Step(message.petition, accusing.propose)


def on_record_mistaken_accusation(message: RecordMistakenAccusation) -> Step:
    """A report was mistaken."""
    return Step(message.petition, accusing.record_mistaken)


def on_superior_decided(message: SuperiorDecided) -> Step:
    """A superior has decided something; of a case, where it is about a false accusation."""
    is_finding = message.matter == "false_accusation_finding"
    return Step(message.petition if is_finding else None, accusing.judge)


def on_document_deposited(message: DocumentDeposited) -> Step:
    """A text is in the vault; one that may go out as a clarification is remembered."""
    is_text = message.kind is DocumentKind.CLARIFICATION
    return Step(message.petition if is_text else None, proposing.hear_text)


def on_clarifying_recounted(message: ClarifyingRecounted) -> Step:
    """The calendar by which clarifications are counted was corrected."""
    return Step(message.petition, counting.recount)


def on_draw_sample(message: DrawSample) -> Step:
    """Case management draws a sample."""
    return Step(None, drawing.draw)


def on_file_due(message: drawing.FileDue) -> Step:
    """A file of it is handed out."""
    return Step(message.petition, drawing.hand_out)


def on_review_quality(message: ReviewQuality) -> Step:
    """A file is looked through."""
    return Step(message.petition, reviewing.review)


def on_object_to_quality(message: ObjectToQuality) -> Step:
    """Its unit does not agree."""
    return Step(message.petition, reviewing.object_to)


def on_decide_quality(message: DecideQuality) -> Step:
    """The principal decides."""
    return Step(message.petition, reviewing.decide)


def on_case_due(message: due.CaseDue) -> Step:
    """Something of a case falls due."""
    return Step(message.petition, due.fall_due)


def on_case_recounted(message: CaseRecounted) -> Step:
    """The calendar was corrected."""
    return Step(message.petition, late.recount)


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
    "review.propose_clarification.v1": on_propose_clarification,
    "review.record_clarification_application.v1": on_record_clarification_application,
    "review.assess_clarification.v1": on_assess_clarification,
    "review.check_clarification.v1": on_check_clarification,
    "review.approve_clarification.v1": on_approve_clarification,
    "review.carry_out_clarification.v1": on_carry_out_clarification,
    "review.file_clarification.v1": on_file_clarification,
    "review.propose_false_accusation.v1": on_propose_false_accusation,
    "review.record_mistaken_accusation.v1": on_record_mistaken_accusation,
    "intake.superior_decided.v1": on_superior_decided,
    "intake.document_deposited.v1": on_document_deposited,
    "review.draw_sample.v1": on_draw_sample,
    "review.review_quality.v1": on_review_quality,
    "review.object_to_quality.v1": on_object_to_quality,
    "review.decide_quality.v1": on_decide_quality,
    "review.offer_key.v1": on_offer_key,
    "review.enrol_key.v1": on_enrol_key,
    "review.revoke_key.v1": on_revoke_key,
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
OWN_HANDLERS: dict[str, Handler] = {
    "review.case_due.v1": on_case_due,
    "review.case_recounted.v1": on_case_recounted,
    "review.heads_due.v1": on_heads_due,
    "review.file_due.v1": on_file_due,
    "review.clarifying_recounted.v1": on_clarifying_recounted,
}
