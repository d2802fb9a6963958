"""Which rule each message meets, and whose state it needs."""

from collections.abc import Mapping
from functools import partial

from xinfang_contracts.after import CaseReopened
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.intake import DeclareDistrict, ScreenPetition, SubmitPetition
from xinfang_contracts.message import Message
from xinfang_contracts.notices import RecordDelivery, SendNotice
from xinfang_contracts.outside import AnswerReferral, DecideAbove, RecordOutsideResult
from xinfang_contracts.pressing import LeaderNamed, SupervisionLetterIssued
from xinfang_contracts.quality import FileSampled
from xinfang_contracts.repeats import ConfirmRepeat, RejectRepeat
from xinfang_contracts.returning import AddMaterial, AnswerQuestion, AskReporter, ReplaceReceipt
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp
from xinfang_contracts.screening import (
    ApproveReturn,
    RecordReferralStep,
    ReturnToPetitionOffice,
    TakeTransfer,
    VerifyReporter,
)
from xinfang_contracts.sealed import ConfirmHandOver, ReportUp, SealPetition, SubmitSealed
from xinfang_contracts.signing import KeyEnrolled, KeyRevoked
from xinfang_contracts.statistics import CorrectTraits
from xinfang_contracts.vault import ApproveErasure, DepositDocument, ProposeErasure

from services.runtime.rules import PETITION, Handler, Step

from . import corrections, decide, outside, recounting
from .beside.handlers import HANDLERS as BESIDE
from .beside.handlers import OWN_HANDLERS as OWN_BESIDE
from .beside.recommendation import confirming
from .notices import outcomes
from .notices import rules as notices
from .notices.owed import owing
from .repeats import rules as repeats
from .repeats.linking import linking
from .returns import returning
from .screening import following, quarterly, verifying
from .screening.recusal import recused
from .sealed import handover
from .vault import custody, heads

_SCREEN, _LEARN_THE_END = linking(owing(decide.screen)), owing(confirming(custody.learn))
_CORRECT = owing(corrections.correct)


def on_submit_petition(message: SubmitPetition) -> Step:
    """One petition is handed in."""
    return Step(None, decide.submit)


def on_screen_petition(message: ScreenPetition) -> Step:
    """A clerk has screened a petition."""
    return Step(message.petition, _SCREEN)


def on_declare_district(message: DeclareDistrict) -> Step:
    """An operator announces the district file in force."""
    return Step(None, decide.declare)


def on_submit_sealed(message: SubmitSealed) -> Step:
    """One petition is handed in that only its reader can open."""
    return Step(None, handover.submit_sealed)


def on_seal_petition(message: SealPetition) -> Step:
    """A clerk has found that a petition is to be sealed."""
    return Step(message.petition, handover.seal_late)


def on_confirm_hand_over(message: ConfirmHandOver) -> Step:
    """A reader has what was sealed for it."""
    return Step(message.petition, handover.confirm_hand_over)


def on_report_up(message: ReportUp) -> Step:
    """The principal reports a petition up."""
    return Step(message.petition, handover.report_up)


def on_up_report_due(message: handover.UpReportDue) -> Step:
    """A sealed petition's clock has run out."""
    return Step(message.petition, handover.expire_sealed)


def on_answer_referral(message: AnswerReferral) -> Step:
    """Another organ answers a referral."""
    return Step(message.petition, outside.answer_referral)


def on_record_outside_result(message: RecordOutsideResult) -> Step:
    """A court, the police or the procuratorate tell a result."""
    return Step(message.petition, outside.record_result)


def on_decide_above(message: DecideAbove) -> Step:
    """A superior has decided."""
    return Step(message.petition, outside.decide_above)


def on_transfer_due(message: outside.TransferDue) -> Step:
    """The receiving clock of an item from above has run out."""
    return Step(message.petition, outside.expire_transfer)


def on_deposit_document(message: DepositDocument) -> Step:
    """Somebody has written something on a petition."""
    return Step(message.petition, custody.deposit)


def on_case_assigned(message: CaseAssigned) -> Step:
    """Routing has named the unit that handles a case."""
    return Step(message.petition, repeats.tell_assigned)


def on_case_reassigned(message: CaseReassigned) -> Step:
    """Routing has moved a case to another unit."""
    return Step(message.petition, repeats.tell_assigned)


def on_leader_named(message: LeaderNamed) -> Step:
    """A member of the leadership owns a case."""
    return Step(message.petition, custody.learn)


def on_tie_declared(message: TieDeclared) -> Step:
    """Somebody is tied to a case."""
    return Step(message.petition, custody.learn)


def on_case_sent_up(message: CaseSentUp) -> Step:
    """Routing has sent a case to the superior."""
    return Step(message.petition, custody.learn)


def on_case_concluded(message: CaseConcluded) -> Step:
    """A case is over."""
    return Step(message.petition, _LEARN_THE_END)


def on_case_reopened(message: CaseReopened) -> Step:
    """A case is handled again."""
    return Step(message.petition, repeats.tell_reopened)


def on_key(message: KeyEnrolled | KeyRevoked) -> Step:
    """A person's keys hold from now on, or no longer."""
    return Step(None, custody.learn_key)


def on_propose_erasure(message: ProposeErasure) -> Step:
    """The petition office asks for an erasure."""
    return Step(message.petition, custody.propose_erasure)


def on_approve_erasure(message: ApproveErasure) -> Step:
    """One of two agrees to it."""
    return Step(message.petition, custody.approve_erasure)


def on_retention_ends(message: custody.RetentionEnds) -> Step:
    """A petition has been kept for as long as it must be."""
    return Step(message.petition, custody.expire)


def on_head_due(message: heads.HeadDue) -> Step:
    """A day has begun on which the audit's head is said."""
    return Step(None, heads.publish_head)


def on_ask_reporter(message: AskReporter) -> Step:
    """The petition office has a question."""
    return Step(message.petition, returning.ask)


def on_add_material(message: AddMaterial) -> Step:
    """A reporter has come back with more."""
    return Step(message.petition, returning.add_material)


def on_answer_question(message: AnswerQuestion) -> Step:
    """A reporter has come back with an answer."""
    return Step(message.petition, returning.answer)


def on_replace_receipt(message: ReplaceReceipt) -> Step:
    """A reporter has come in person for a new receipt."""
    return Step(message.petition, returning.replace)


def on_correct_traits(message: CorrectTraits) -> Step:
    """The petition office corrects what figures are counted by."""
    return Step(message.petition, _CORRECT)


def on_verify_reporter(message: VerifyReporter) -> Step:
    """The office has asked who is named."""
    return Step(message.petition, verifying.verify)


def on_return_to_petition_office(message: ReturnToPetitionOffice) -> Step:
    """The supervision office would give an item back."""
    return Step(message.petition, verifying.request_return)


def on_approve_return(message: ApproveReturn) -> Step:
    """The leader in charge speaks on a return."""
    return Step(message.petition, verifying.approve_return)


def on_record_referral_step(message: RecordReferralStep) -> Step:
    """The office follows a referral up."""
    return Step(message.petition, following.record_step)


def on_take_transfer(message: TakeTransfer) -> Step:
    """A lower organ takes what was transferred to it, or passes it on."""
    return Step(message.petition, following.take_transfer)


def on_referral_due(message: following.ReferralDue) -> Step:
    """No answer has come in time."""
    return Step(message.petition, following.expire_referral)


def on_quarter_ends(message: quarterly.QuarterEnds) -> Step:
    """A quarter is over."""
    return Step(None, quarterly.report)


def on_send_notice(message: SendNotice) -> Step:
    """A reporter is to be told."""
    return Step(message.petition, notices.send)


def on_record_delivery(message: RecordDelivery) -> Step:
    """A clerk knows what became of a notice."""
    return Step(message.petition, outcomes.record)


def on_mail_ended(message: notices.MailEnded) -> Step:
    """The mail server has taken a mail, or it was given up."""
    return Step(message.petition, outcomes.end_mail)


def on_notice_clock_ends(message: notices.NoticeClockEnds) -> Step:
    """A reporter should have been told by now."""
    return Step(message.petition, outcomes.expire)


def on_petition_recounted(message: recounting.PetitionRecounted) -> Step:
    """The calendar was corrected."""
    return Step(message.petition, recounting.recount)


def on_calendar_passed(message: recounting.CalendarPassed) -> Step:
    """So many petitions were counted by it."""
    return Step(None, recounting.remember)


def on_seek_repeats(message: repeats.SeekRepeats) -> Step:
    """A new petition was looked up among the earlier ones."""
    return Step(message.petition, repeats.seek)


def on_confirm_repeat(message: ConfirmRepeat) -> Step:
    """The petition office has found that a petition repeats another."""
    return Step(message.petition, repeats.confirm)


def on_reject_repeat(message: RejectRepeat) -> Step:
    """The petition office has found that a petition does not repeat another."""
    return Step(message.petition, repeats.reject)


def on_to_read(message: SupervisionLetterIssued | FileSampled) -> Step:
    """Somebody is to read: a unit what it is pressed to do, an office the file that it reviews."""
    return Step(message.petition, custody.learn)


def _recused(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """With every rule on a petition as those who are tied to it may see it."""
    return {type_: partial(_without_the_tied, handler) for type_, handler in handlers.items()}


def _without_the_tied(handler: Handler, message: Message) -> Step:
    step = handler(message)
    return step if step.key is None or step.of != PETITION else Step(step.key, recused(step.rule))


_HANDLERS: dict[str, Handler] = {
    "intake.submit_petition.v1": on_submit_petition,
    "intake.screen_petition.v1": on_screen_petition,
    "intake.declare_district.v1": on_declare_district,
    "intake.submit_sealed.v1": on_submit_sealed,
    "intake.seal_petition.v1": on_seal_petition,
    "intake.confirm_hand_over.v1": on_confirm_hand_over,
    "intake.report_up.v1": on_report_up,
    "intake.answer_referral.v1": on_answer_referral,
    "intake.record_outside_result.v1": on_record_outside_result,
    "intake.decide_above.v1": on_decide_above,
    "intake.deposit_document.v1": on_deposit_document,
    "intake.propose_erasure.v1": on_propose_erasure,
    "intake.approve_erasure.v1": on_approve_erasure,
    "intake.ask_reporter.v1": on_ask_reporter,
    "intake.add_material.v1": on_add_material,
    "intake.answer_question.v1": on_answer_question,
    "intake.replace_receipt.v1": on_replace_receipt,
    "intake.correct_traits.v1": on_correct_traits,
    "intake.verify_reporter.v1": on_verify_reporter,
    "intake.return_to_petition_office.v1": on_return_to_petition_office,
    "intake.approve_return.v1": on_approve_return,
    "intake.record_referral_step.v1": on_record_referral_step,
    "intake.take_transfer.v1": on_take_transfer,
    "intake.send_notice.v1": on_send_notice,
    "intake.record_delivery.v1": on_record_delivery,
    "intake.confirm_repeat.v1": on_confirm_repeat,
    "intake.reject_repeat.v1": on_reject_repeat,
    "routing.case_assigned.v1": on_case_assigned,
    "routing.leader_named.v1": on_leader_named,
    "routing.supervision_letter_issued.v1": on_to_read,
    "review.file_sampled.v1": on_to_read,
    "routing.case_sent_up.v1": on_case_sent_up,
    "routing.case_reassigned.v1": on_case_reassigned,
    "routing.tie_declared.v1": on_tie_declared,
    "review.case_concluded.v1": on_case_concluded,
    "review.case_reopened.v1": on_case_reopened,
    "review.key_enrolled.v1": on_key,
    "review.key_revoked.v1": on_key,
    **BESIDE,
}
_OWN_HANDLERS: dict[str, Handler] = {
    "intake.up_report_due.v1": on_up_report_due,
    "intake.transfer_due.v1": on_transfer_due,
    "intake.retention_ends.v1": on_retention_ends,
    "intake.head_due.v1": on_head_due,
    "intake.referral_due.v1": on_referral_due,
    "intake.quarter_ends.v1": on_quarter_ends,
    "intake.mail_ended.v1": on_mail_ended,
    "intake.notice_clock_ends.v1": on_notice_clock_ends,
    "intake.seek_repeats.v1": on_seek_repeats,
    "intake.petition_recounted.v1": on_petition_recounted,
    "intake.calendar_passed.v1": on_calendar_passed,
    **OWN_BESIDE,
}
HANDLERS, OWN_HANDLERS = _recused(_HANDLERS), _recused(_OWN_HANDLERS)
