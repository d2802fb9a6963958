"""Every message there is, one line each: subjects, durables, schemas and permissions follow from them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from . import (
    after,
    clarification,
    clock,
    clocks,
    deadletter,
    deadlines,
    guidance,
    handling,
    hearings,
    intake,
    intercession,
    items,
    mediation,
    metrics,
    notices,
    outreach,
    outside,
    pressing,
    quality,
    reception,
    recommendation,
    repeats,
    returning,
    review,
    routing,
    satisfaction,
    screening,
    sealed,
    signing,
    statistics,
    supervisors,
    tracks,
    vault,
)
from .message import Message

CLOCKS = ("minute", "day", "month", "quarter", "half", "year")
"""The ticks of a district's clock."""


class Kind(StrEnum):
    """What sort of thing a message is; it decides the subject's form and the stream."""

    COMMAND = "command"
    FACT = "event"
    METRIC = "metric"
    PUBLIC = "public"
    SEALED = "sealed"
    CLOCK = "clock"
    DEAD = "dead"
    READ = "read"


class Stream(StrEnum):
    """The streams; `schedules` stand in the clock's."""

    COMMANDS = "XF_COMMANDS"
    EVENTS = "XF_EVENTS"
    NOTICES = "XF_NOTICES"
    METRICS = "XF_METRICS"
    PUBLIC = "XF_PUBLIC"
    SEALED = "XF_SEALED"
    CLOCK = "XF_CLOCK"
    DEAD = "XF_DEAD"


@dataclass(frozen=True)
class Entry:
    """One registered message.

    kind: what it is; owner: the service that publishes it (commands: that takes it); model: its class;
    actors: kinds of actor that may send a command; told: kinds of actor that may get the fact as a notice.
    """

    kind: Kind
    owner: str
    model: type[Message]
    actors: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    major: int = 1

    @cached_property
    def name(self) -> str:
        """The class's name in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.model.__name__).lower()

    @cached_property
    def type(self) -> str:
        """The CloudEvents type."""
        return f"{self.owner}.{self.name}.v{self.major}"

    @cached_property
    def _place(self) -> str:
        return f"{self.kind}.{self.type}"

    def subject(self, district: str, last: str = "") -> str:
        """The subject; ``last`` is the actor of a command or of a question (``*`` for all)."""
        if self.kind is Kind.READ:
            return read_subject(district, self.owner, last)
        middle = f"xf.{district}.{self._place}"
        return f"{middle}.{last}" if self.kind is Kind.COMMAND else middle

    def notice_subject(self, district: str, actor: str) -> str:
        """Where an actor is told of this fact."""
        return f"xf.{district}.notice.{actor}.{self.name}.v{self.major}"


ALL = ("office", "leader", "unit", "partner", "superior", "operator", "door")

REGISTRY: tuple[Entry, ...] = (
    Entry(Kind.COMMAND, "intake", intake.DeclareDistrict, actors=("operator",)),
    Entry(Kind.COMMAND, "intake", intake.SubmitPetition, actors=("partner", "office", "superior")),
    Entry(Kind.COMMAND, "intake", intake.ScreenPetition, actors=("office",)),
    Entry(Kind.COMMAND, "intake", sealed.SubmitSealed, actors=("partner", "superior")),
    Entry(Kind.COMMAND, "intake", sealed.SealPetition, actors=("office",)),
    Entry(Kind.COMMAND, "intake", sealed.ConfirmHandOver, actors=("superior", "leader")),
    Entry(Kind.COMMAND, "intake", sealed.ReportUp, actors=("leader",)),
    Entry(Kind.COMMAND, "intake", outside.AnswerReferral, actors=("partner",)),
    Entry(Kind.COMMAND, "intake", outside.RecordOutsideResult, actors=("partner",)),
    Entry(Kind.COMMAND, "intake", outside.DecideAbove, actors=("superior",)),
    Entry(Kind.COMMAND, "intake", vault.DepositDocument, actors=("office", "leader", "unit", "superior", "partner")),
    Entry(Kind.COMMAND, "intake", vault.ProposeErasure, actors=("office",)),
    Entry(Kind.COMMAND, "intake", vault.ApproveErasure, actors=("leader", "office")),
    Entry(Kind.COMMAND, "intake", returning.AskReporter, actors=("office",)),
    Entry(Kind.COMMAND, "intake", notices.SendNotice, actors=("office",)),
    Entry(Kind.COMMAND, "intake", notices.RecordDelivery, actors=("office",)),
    Entry(Kind.COMMAND, "intake", repeats.ConfirmRepeat, actors=("office",)),
    Entry(Kind.COMMAND, "intake", repeats.RejectRepeat, actors=("office",)),
    # A door is no user of the broker: nobody can send these but intake's own process.
    Entry(Kind.COMMAND, "intake", returning.AddMaterial, actors=("door",)),
    Entry(Kind.COMMAND, "intake", returning.AnswerQuestion, actors=("door",)),
    Entry(Kind.COMMAND, "intake", returning.ReplaceReceipt, actors=("door",)),
    Entry(Kind.COMMAND, "intake", statistics.CorrectTraits, actors=("office",)),
    Entry(Kind.COMMAND, "intake", screening.VerifyReporter, actors=("office",)),
    Entry(Kind.COMMAND, "intake", screening.TakeTransfer, actors=("unit",)),
    Entry(Kind.COMMAND, "intake", screening.ReturnToPetitionOffice, actors=("office",)),
    Entry(Kind.COMMAND, "intake", screening.ApproveReturn, actors=("leader",)),
    Entry(Kind.COMMAND, "intake", screening.RecordReferralStep, actors=("office",)),
    Entry(Kind.COMMAND, "intake", reception.PlanShift, actors=("office",)),
    Entry(Kind.COMMAND, "intake", reception.AskSwap, actors=("office", "leader", "unit")),
    Entry(Kind.COMMAND, "intake", reception.AgreeSwap, actors=("office", "leader", "unit")),
    Entry(Kind.COMMAND, "intake", reception.RecordAttendance, actors=("office",)),
    Entry(Kind.COMMAND, "intake", reception.RecordReception, actors=("office", "leader", "unit")),
    Entry(Kind.COMMAND, "intake", outreach.StartOutreach, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", outreach.ReportOutreach, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", outreach.CollectConcern, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", outreach.SolveConcern, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", mediation.OpenMediation, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", mediation.SettleMediation, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", mediation.FailMediation, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", mediation.LinkMediation, actors=("office",)),
    Entry(Kind.COMMAND, "intake", supervisors.AppointSupervisor, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", supervisors.EndSupervisor, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", guidance.PublishWork, actors=("office",)),
    Entry(Kind.COMMAND, "intake", guidance.RecordReach, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", guidance.RecordAward, actors=("office",)),
    Entry(Kind.COMMAND, "intake", guidance.RecordTraining, actors=("office",)),
    Entry(Kind.COMMAND, "intake", satisfaction.RecordSatisfaction, actors=("office", "unit")),
    Entry(Kind.COMMAND, "intake", satisfaction.RateContact, actors=("door",)),
    Entry(Kind.COMMAND, "intake", recommendation.IssueRecommendation, actors=("office",)),
    Entry(Kind.COMMAND, "intake", recommendation.DropRecommendation, actors=("office",)),
    Entry(Kind.COMMAND, "intake", recommendation.AnswerRecommendation, actors=("unit",)),
    Entry(Kind.COMMAND, "intake", recommendation.CloseRecommendation, actors=("office",)),
    Entry(Kind.COMMAND, "intake", items.ProposeItemErasure, actors=("office",)),
    Entry(Kind.COMMAND, "intake", items.ApproveItemErasure, actors=("leader", "office")),
    Entry(Kind.COMMAND, "routing", handling.DeclareTie, actors=("office", "leader", "unit")),
    Entry(Kind.COMMAND, "routing", handling.ObjectToAssignment, actors=("unit",)),
    Entry(Kind.COMMAND, "routing", handling.ChangeHandling, actors=("leader",)),
    Entry(Kind.COMMAND, "routing", pressing.NameLeader, actors=("leader",)),
    Entry(Kind.COMMAND, "routing", pressing.RecordMeasure, actors=("leader", "superior")),
    Entry(Kind.COMMAND, "routing", pressing.RecordProgress, actors=("leader", "superior")),
    Entry(Kind.COMMAND, "routing", pressing.IssueSupervisionLetter, actors=("leader",)),
    Entry(Kind.COMMAND, "routing", pressing.AnswerSupervisionLetter, actors=("unit", "office")),
    Entry(Kind.COMMAND, "routing", hearings.CallHearing, actors=("leader",)),
    Entry(Kind.COMMAND, "routing", hearings.RecordHearing, actors=("office",)),
    Entry(Kind.COMMAND, "routing", intercession.RecordIntercession, actors=("unit", "office", "leader")),
    Entry(Kind.COMMAND, "routing", tracks.OpenTrack, actors=("unit", "office")),
    Entry(Kind.COMMAND, "routing", tracks.RecordTrack, actors=("unit", "office")),
    Entry(Kind.COMMAND, "review", review.SubmitReport, actors=("unit",)),
    Entry(Kind.COMMAND, "review", review.GiveOpinion, actors=("office", "leader", "superior")),
    Entry(Kind.COMMAND, "review", review.RecordSettlement, actors=("office", "unit")),
    Entry(Kind.COMMAND, "review", clarification.ProposeClarification, actors=("unit", "office", "superior")),
    Entry(Kind.COMMAND, "review", clarification.RecordClarificationApplication, actors=("office", "superior")),
    Entry(Kind.COMMAND, "review", clarification.AssessClarification, actors=("unit", "office", "superior")),
    Entry(Kind.COMMAND, "review", clarification.CheckClarification, actors=("office", "superior")),
    Entry(Kind.COMMAND, "review", clarification.ApproveClarification, actors=("leader", "superior")),
    Entry(Kind.COMMAND, "review", clarification.CarryOutClarification, actors=("unit", "office", "superior")),
    Entry(Kind.COMMAND, "review", clarification.FileClarification, actors=("unit", "office", "superior")),
    Entry(Kind.COMMAND, "review", clarification.ProposeFalseAccusation, actors=("unit", "office")),
    Entry(Kind.COMMAND, "review", clarification.RecordMistakenAccusation, actors=("unit", "office")),
    Entry(Kind.COMMAND, "review", quality.DrawSample, actors=("office",)),
    Entry(Kind.COMMAND, "review", quality.ReviewQuality, actors=("office", "superior")),
    Entry(Kind.COMMAND, "review", quality.ObjectToQuality, actors=("unit",)),
    Entry(Kind.COMMAND, "review", quality.DecideQuality, actors=("leader", "superior")),
    Entry(Kind.COMMAND, "review", signing.OfferKey, actors=("office", "leader", "unit", "superior")),
    Entry(Kind.COMMAND, "review", signing.EnrolKey, actors=("operator",)),
    Entry(Kind.COMMAND, "review", signing.RevokeKey, actors=("operator",)),
    Entry(Kind.COMMAND, "review", after.RecordView, actors=("office", "unit")),
    Entry(Kind.COMMAND, "review", after.AnswerObjection, actors=("office", "unit")),
    Entry(Kind.COMMAND, "review", after.SendResultUp, actors=("leader", "superior")),
    Entry(Kind.COMMAND, "review", after.PlanFollowUp, actors=("office", "unit")),
    Entry(Kind.COMMAND, "review", after.RecordFollowUp, actors=("office", "unit")),
    Entry(Kind.COMMAND, "review", after.ReopenCase, actors=("office", "leader")),
    Entry(Kind.COMMAND, "routing", clocks.StartClock, actors=("office", "leader", "unit")),
    Entry(Kind.COMMAND, "routing", clocks.StopClock, actors=("office", "leader", "unit")),
    Entry(Kind.COMMAND, "routing", clocks.ExtendClock, actors=("leader",)),
    Entry(Kind.COMMAND, "routing", clocks.SuspendClock, actors=("office", "leader")),
    Entry(Kind.COMMAND, "routing", clocks.ResumeClock, actors=("office", "leader", "unit")),
    Entry(Kind.FACT, "intake", intake.DistrictDeclared, told=("operator",)),
    Entry(Kind.FACT, "intake", intake.PetitionRegistered, told=("partner", "office", "superior")),
    Entry(Kind.FACT, "intake", intake.PetitionSealed, told=("partner", "office", "superior")),
    Entry(Kind.FACT, "intake", intake.PetitionAccepted, told=("office",)),
    Entry(Kind.FACT, "intake", intake.PetitionReferred, told=("office", "partner")),
    Entry(Kind.FACT, "intake", intake.PetitionDeclined, told=("office",)),
    Entry(Kind.FACT, "intake", intake.PetitionKeptOnFile, told=("office",)),
    Entry(Kind.FACT, "intake", sealed.SealedHandedOver, told=("superior", "leader")),
    Entry(Kind.FACT, "intake", sealed.SealedReportedUp, told=("leader",)),
    Entry(Kind.FACT, "intake", sealed.UpReportOverdue, told=("leader", "superior")),
    Entry(Kind.FACT, "intake", sealed.HandOverOverdue, told=("leader", "superior")),
    Entry(Kind.FACT, "intake", outside.TransferOverdue, told=("office",)),
    Entry(Kind.FACT, "intake", outside.ReferralAnswered, told=("partner", "office")),
    Entry(Kind.FACT, "intake", outside.OutsideResultRecorded, told=("partner", "office")),
    Entry(Kind.FACT, "intake", outside.SuperiorDecided, told=("superior", "office")),
    Entry(Kind.FACT, "intake", vault.DocumentDeposited, told=("office", "leader", "unit", "superior", "partner")),
    Entry(Kind.FACT, "intake", vault.ErasureProposed, told=("office", "leader")),
    Entry(Kind.FACT, "intake", vault.ErasureApproved, told=("office", "leader")),
    Entry(Kind.FACT, "intake", vault.PetitionErased, told=("office", "leader")),
    Entry(Kind.FACT, "intake", vault.ErasureDue, told=("office",)),
    Entry(Kind.FACT, "intake", vault.AuditHeadPublished),
    Entry(Kind.FACT, "intake", returning.MaterialAdded, told=("office",)),
    Entry(Kind.FACT, "intake", returning.ReporterAsked, told=("office",)),
    Entry(Kind.FACT, "intake", returning.ReporterAnswered, told=("office",)),
    Entry(Kind.FACT, "intake", returning.ReceiptReplaced, told=("office",)),
    Entry(Kind.FACT, "intake", statistics.TraitsCorrected, told=("office",)),
    Entry(Kind.FACT, "intake", screening.PetitionMarked),
    Entry(Kind.FACT, "intake", screening.PetitionTransferredDown, told=("office", "unit")),
    Entry(Kind.FACT, "intake", screening.TransferTaken, told=("office", "unit")),
    Entry(Kind.FACT, "intake", screening.ReporterVerified, told=("office",)),
    Entry(Kind.FACT, "intake", screening.ReturnRequested, told=("office", "leader")),
    Entry(Kind.FACT, "intake", screening.ReturnRefused, told=("office", "leader")),
    Entry(Kind.FACT, "intake", screening.PetitionReturned, told=("office", "leader", "unit")),
    Entry(Kind.FACT, "intake", screening.ReferralStepTaken, told=("office",)),
    Entry(Kind.FACT, "intake", screening.ReferralReturned, told=("office",)),
    Entry(Kind.FACT, "intake", screening.ReferralOverdue, told=("office", "partner", "unit")),
    Entry(Kind.FACT, "intake", screening.RepeatsReported, told=("office",)),
    Entry(Kind.FACT, "intake", reception.ShiftPlanned, told=("office", "leader", "unit")),
    Entry(Kind.FACT, "intake", reception.SwapAsked, told=("office", "leader", "unit")),
    Entry(Kind.FACT, "intake", reception.SwapAgreed, told=("office", "leader", "unit")),
    Entry(Kind.FACT, "intake", reception.AttendanceRecorded, told=("office",)),
    Entry(Kind.FACT, "intake", reception.ReceptionRecorded, told=("office", "leader", "unit")),
    Entry(Kind.FACT, "intake", outreach.OutreachStarted, told=("office", "unit", "leader")),
    Entry(Kind.FACT, "intake", outreach.OutreachReported, told=("office", "unit")),
    Entry(Kind.FACT, "intake", outreach.ConcernCollected, told=("office", "unit")),
    Entry(Kind.FACT, "intake", outreach.ConcernSolved, told=("office", "unit")),
    Entry(Kind.FACT, "intake", mediation.MediationOpened, told=("office", "unit")),
    Entry(Kind.FACT, "intake", mediation.MediationSettled, told=("office", "unit")),
    Entry(Kind.FACT, "intake", mediation.MediationFailed, told=("office", "unit")),
    Entry(Kind.FACT, "intake", mediation.MediationHandedOver, told=("office", "unit")),
    Entry(Kind.FACT, "intake", supervisors.SupervisorAppointed, told=("office", "unit")),
    Entry(Kind.FACT, "intake", supervisors.SupervisorEnded, told=("office", "unit")),
    Entry(Kind.FACT, "intake", guidance.WorkPublished, told=("office",)),
    Entry(Kind.FACT, "intake", guidance.WorkReached, told=("office", "unit")),
    Entry(Kind.FACT, "intake", guidance.WorkAwarded, told=("office",)),
    Entry(Kind.FACT, "intake", guidance.TrainingRecorded, told=("office", "unit")),
    Entry(Kind.FACT, "intake", satisfaction.SatisfactionRecorded, told=("office", "unit")),
    Entry(Kind.FACT, "intake", recommendation.RecommendationProposed, told=("office",)),
    Entry(Kind.FACT, "intake", recommendation.RecommendationIssued, told=("office", "unit")),
    Entry(Kind.FACT, "intake", recommendation.RecommendationDropped, told=("office",)),
    Entry(Kind.FACT, "intake", recommendation.RecommendationAnswered, told=("office", "unit")),
    Entry(Kind.FACT, "intake", recommendation.RecommendationClosed, told=("office", "unit")),
    Entry(Kind.FACT, "intake", recommendation.RecommendationOverdue, told=("office", "unit")),
    Entry(Kind.FACT, "intake", items.ItemErasureProposed, told=("office", "leader")),
    Entry(Kind.FACT, "intake", items.ItemErasureApproved, told=("office", "leader")),
    Entry(Kind.FACT, "intake", items.ItemErased, told=("office", "leader")),
    Entry(Kind.FACT, "intake", deadlines.DeadlineRecomputed, told=("office", "unit", "leader", "superior", "partner")),
    Entry(Kind.FACT, "intake", notices.NoticeDue, told=("office", "unit")),
    Entry(Kind.FACT, "intake", notices.NoticePrepared, told=("office",)),
    Entry(Kind.FACT, "intake", notices.NoticeSent, told=("office",)),
    Entry(Kind.FACT, "intake", notices.NoticeDelivered, told=("office",)),
    Entry(Kind.FACT, "intake", notices.NoticeFailed, told=("office",)),
    Entry(Kind.FACT, "intake", notices.NoticeOverdue, told=("office",)),
    Entry(Kind.FACT, "intake", notices.NoticeDropped, told=("office",)),
    Entry(Kind.FACT, "intake", repeats.RepeatProposed, told=("office",)),
    Entry(Kind.FACT, "intake", repeats.RepeatConfirmed, told=("office",)),
    Entry(Kind.FACT, "intake", repeats.RepeatRejected, told=("office",)),
    Entry(Kind.FACT, "intake", repeats.RepeatLinked, told=("unit", "office")),
    Entry(Kind.FACT, "intake", repeats.PetitionJoined, told=("office",)),
    Entry(Kind.FACT, "intake", intake.CommandRefused, told=ALL),
    Entry(Kind.FACT, "routing", routing.CaseAssigned, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", routing.CaseResumed, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", routing.CaseSentUp, told=("superior", "office", "leader", "unit")),
    Entry(Kind.FACT, "routing", routing.CaseWithdrawn, told=("unit", "office", "superior")),
    Entry(Kind.FACT, "routing", routing.CaseOverdue, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", statistics.AssignmentCorrected),
    Entry(Kind.FACT, "routing", handling.TieDeclared, told=("office", "leader", "unit")),
    Entry(Kind.FACT, "routing", handling.AssignmentObjected, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", handling.CaseReassigned, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "routing", handling.SuperiorOverdue, told=("superior", "leader")),
    Entry(Kind.FACT, "routing", clocks.ClockStarted, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", clocks.ClockStopped, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "routing", clocks.ClockExtended, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "routing", clocks.ExtensionRefused, told=("office", "superior")),
    Entry(Kind.FACT, "routing", clocks.ClockSuspended, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", clocks.ClockResumed, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", clocks.ClockWarned, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "routing", clocks.ClockRanOut, told=("unit", "office")),
    Entry(Kind.FACT, "routing", clocks.ClockRecomputed, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "routing", clocks.CalendarMissing, told=("office", "operator")),
    Entry(Kind.FACT, "routing", pressing.LeaderNamed, told=("leader", "unit", "superior")),
    Entry(Kind.FACT, "routing", pressing.MeasureRecorded, told=("leader", "unit", "superior")),
    Entry(Kind.FACT, "routing", pressing.ProgressRecorded, told=("leader", "office", "superior")),
    Entry(Kind.FACT, "routing", pressing.SupervisionLetterIssued, told=("leader", "unit", "office")),
    Entry(Kind.FACT, "routing", pressing.SupervisionLetterAnswered, told=("leader", "unit", "office")),
    Entry(Kind.FACT, "routing", pressing.SupervisionLetterOverdue, told=("leader", "office")),
    Entry(Kind.FACT, "routing", hearings.HearingCalled, told=("leader", "office")),
    Entry(Kind.FACT, "routing", hearings.HearingHeld, told=("office",)),
    Entry(Kind.FACT, "routing", hearings.MonthlyHearingMissed, told=("office", "leader")),
    Entry(Kind.FACT, "routing", intercession.IntercessionRecorded, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "routing", tracks.TrackOpened, told=("unit", "office")),
    Entry(Kind.FACT, "routing", tracks.TrackRecorded, told=("unit", "office")),
    Entry(Kind.FACT, "routing", intake.CommandRefused, told=ALL),
    Entry(Kind.FACT, "review", review.ReportSubmitted, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", review.OpinionGiven, told=("office", "leader", "superior")),
    Entry(Kind.FACT, "review", review.OpinionsAsked, told=("office", "leader", "superior")),
    Entry(Kind.FACT, "review", review.OpinionOverdue, told=("office", "leader", "superior")),
    Entry(Kind.FACT, "review", review.ReportReturned, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", review.ReturnsWithdrawn),
    Entry(Kind.FACT, "review", review.CaseConcluded, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", review.CaseSettled, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.ViewRecorded, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.ObjectionAnswered, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.ResultSentUp, told=("superior", "leader", "unit", "office")),
    Entry(Kind.FACT, "review", after.FollowUpPlanned, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.FollowUpDue, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.FollowUpRecorded, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.CaseLapsed, told=("unit", "office")),
    Entry(Kind.FACT, "review", after.CaseReopened, told=("unit", "office", "leader")),
    Entry(Kind.FACT, "review", after.SettlementEnded, told=("unit", "office")),
    Entry(Kind.FACT, "review", clarification.ClarificationProposed, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationAssessed, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationChecked, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationRefused, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationApproved, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationReminded, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationOverdue, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationRecounted, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationMade, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.ClarificationFiled, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.FalseAccusationProposed, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.FalseAccusationJudged, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", clarification.MistakenAccusationRecorded, told=("unit", "office")),
    Entry(Kind.FACT, "review", quality.SampleDrawn, told=("office",)),
    Entry(Kind.FACT, "review", quality.FileSampled, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", quality.QualityReviewed, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", quality.QualityObjected, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", quality.QualityDecided, told=("unit", "office", "leader", "superior")),
    Entry(Kind.FACT, "review", statistics.ConclusionCorrected),
    Entry(Kind.FACT, "review", statistics.ResultFedBack, told=("office",)),
    Entry(Kind.FACT, "review", signing.KeyOffered, told=("office", "leader", "unit", "superior", "operator")),
    Entry(Kind.FACT, "review", signing.KeyEnrolled, told=("office", "leader", "unit", "superior", "operator")),
    Entry(Kind.FACT, "review", signing.KeyRevoked, told=("office", "leader", "unit", "superior", "operator")),
    Entry(Kind.FACT, "review", signing.HeadsPublished),
    Entry(Kind.FACT, "review", intake.CommandRefused, told=ALL),
    Entry(Kind.FACT, "metrics", statistics.AnalysisPrepared, told=("office", "superior")),
    Entry(Kind.METRIC, "metrics", metrics.IndicatorValue),
    Entry(Kind.SEALED, "intake", intake.SealedPetition),
    Entry(Kind.SEALED, "intake", intake.SealedFile),
    Entry(Kind.CLOCK, "calendar", clock.Tick),
    Entry(Kind.DEAD, "runtime", deadletter.DeadLetter),
    Entry(Kind.READ, "intake", vault.ReadDocument, actors=("office", "leader", "unit", "superior")),
)

BY_TYPE: dict[str, Entry] = {entry.type: entry for entry in REGISTRY}
_BY_MODEL = {(entry.owner, entry.kind, entry.model): entry for entry in REGISTRY}


def fact(owner: str, model: type[Message]) -> Entry:
    """The entry of a fact that ``owner`` publishes; KeyError when it may not."""
    return _BY_MODEL[owner, Kind.FACT, model]


def of_kind(kind: Kind) -> Iterator[Entry]:
    """All entries of a kind, in registry order."""
    return (entry for entry in REGISTRY if entry.kind is kind)


def metric_subject(district: str, indicator: str, period: str) -> str:
    """Where an indicator of a period stands."""
    return f"xf.{district}.metric.{indicator}.{period}"


def clock_subject(district: str, tick: str) -> str:
    """Where a tick is heard; ``tick`` is one of CLOCKS."""
    return f"xf.{district}.clock.{tick}"


def sealed_subject(district: str, reader: str) -> str:
    """Where sealed petitions and their files wait for their one reader."""
    return f"xf.{district}.sealed.{reader}"


def read_subject(district: str, service: str, actor: str) -> str:
    """Where an actor asks a service's vault; no stream has it."""
    return f"xf.{district}.read.{service}.{actor}"


def dead_subject(district: str, service: str) -> str:
    """Where a service buries what it cannot handle."""
    return f"xf.{district}.dead.{service}"
