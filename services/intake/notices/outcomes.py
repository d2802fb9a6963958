"""What becomes of a notice: sent, proven, come back, overdue. Functions of values."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.notices import (
    NoticeDelivered,
    NoticeFailed,
    NoticeFailure,
    NoticeOverdue,
    NoticeSent,
    RecordDelivery,
)

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output, Refused

from ..state import Screened, State, Verifiable
from .owed import tell
from .rules import Facts, MailEnded, NoticeClockEnds, Unpost, find
from .standing import NoticeState


def record(state: State, message: RecordDelivery, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """What a clerk knows of a notice: posted, proven, or come back."""
    found = find(state, message, facts)
    if isinstance(found, Refused):
        return [found]
    _, notice = found
    if not notice.traits.accepted_on <= message.on <= civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    match message.outcome:
        case "sent":
            if message.way != "letter" or notice.way != "letter" or notice.status != "prepared":
                return [Refused(RefusalReason.NOT_YOUR_TURN)]
            return [_sent(message.petition, message.notice, notice, "letter", message.on)]
        case "delivered":
            return _delivered(notice, message, facts)
        case "failed":
            if message.way != notice.way or notice.status != "sent":
                return [Refused(RefusalReason.NOT_YOUR_TURN)]
            return [_failed(message.petition, message.notice, notice, NoticeFailure.RETURNED)]


def _delivered(notice: NoticeState, message: RecordDelivery, facts: Facts) -> Sequence[Output]:
    if notice.status == "delivered":
        return [Refused(RefusalReason.ALREADY_TOLD)]
    if message.way in ("mail", "letter") and (notice.status != "sent" or notice.way != message.way):
        # By hand or by telephone anybody can be told at any time; what was never sent cannot have arrived.
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if message.proof is None or not facts.is_proof_kept:
        return [Refused(RefusalReason.NO_PROOF)]
    fact = NoticeDelivered(
        petition=message.petition,
        notice=message.notice,
        kind=notice.kind,
        traits=notice.traits,
        way=message.way,
        delivered_on=message.on,
        by=facts.actor,
        proof=message.proof,
        newly_on_time=_newly_on_time(notice, message.on),
        counted=notice.counted,
    )
    return [fact, Keep(Unpost(message.petition, message.notice))]


def end_mail(state: State, message: MailEnded, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """What has become of a mail. Of a petition that is gone, or told in another way since, nothing more is said."""
    notice = state.notices.get(message.notice) if isinstance(state, Verifiable) else None
    if notice is None or not notice.is_mail_under_way or notice.sendings != message.sending:
        return []
    if message.outcome == "sent":
        return [_sent(message.petition, message.notice, notice, "mail", civil_date(now))]
    fact = _failed(message.petition, message.notice, notice, NoticeFailure(message.outcome))
    return [fact, *tell(fact, facts.district)]


def expire(state: State, message: NoticeClockEnds, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once of each notice that its day has passed, to the petition office."""
    if not isinstance(state, Screened):
        return []
    outputs: list[Output] = []
    for id_, notice in state.notices.items():
        if notice.will_be_overdue and notice.due_at <= message.due_at:
            fact = NoticeOverdue(
                petition=message.petition,
                notice=id_,
                kind=notice.kind,
                traits=notice.traits,
                due_at=notice.due_at,
            )
            outputs += [fact, *tell(fact, facts.district)]
    return outputs


def _sent(petition: str, id_: str, notice: NoticeState, way: Literal["mail", "letter"], on: date) -> NoticeSent:
    return NoticeSent(
        petition=petition,
        notice=id_,
        kind=notice.kind,
        traits=notice.traits,
        way=way,
        sent_on=on,
        newly_on_time=_newly_on_time(notice, on),
        counted=notice.counted,
    )


def _failed(petition: str, id_: str, notice: NoticeState, reason: NoticeFailure) -> NoticeFailed:
    return NoticeFailed(
        petition=petition,
        notice=id_,
        kind=notice.kind,
        traits=notice.traits,
        way=notice.way or "letter",
        reason=reason,
        no_longer_on_time=notice.on_time,
        counted=notice.counted,
    )


def _newly_on_time(notice: NoticeState, on: date) -> bool:
    return not notice.on_time and on <= notice.last_day
