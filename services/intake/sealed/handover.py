"""What happens to a sealed petition: handed in sealed, found later, handed over, reported up. Functions of values.

Whoever is not its reader is answered as if it were not there: the principal must not learn by asking what went past
him, nor a clerk by trying numbers.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason, SealedPetition
from xinfang_contracts.message import Message, Moment, PetitionNumber
from xinfang_contracts.sealed import (
    ConfirmHandOver,
    HandOverOverdue,
    ReportUp,
    SealedHandedOver,
    SealedReportedUp,
    SealPetition,
    SubmitSealed,
    UpReportOverdue,
)

from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Notice, Output, Refused, Seal, is_ours

from ..decide import Facts, may_use, petition_offices
from ..state import Erased, Registered, Screened, Sealed, State, unconfirmed, up_report_due
from .sealing import Gone, digest_of, hand_over_due, is_sealed_for, principal_of, seal


class UpReportDue(Message):
    """A sealed petition's clock has run out: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber
    due_at: Moment


def submit_sealed(_state: State, message: SubmitSealed, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """An item that its sender has sealed for its reader: it gets a number and is handed on unread."""
    channel = facts.district.channel(message.channel)
    if channel is None:
        return [Refused(RefusalReason.UNKNOWN_CHANNEL)]
    if not may_use(facts.actor, channel):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if message.reader not in facts.kids:
        return [Refused(RefusalReason.UNKNOWN_READER)]
    if not is_sealed_for(message.content, message.reader, facts.kids):
        return [Refused(RefusalReason.WRONG_KEY)]
    if message.digest not in (None, digest_of(message.content)):
        return [Refused(RefusalReason.WRONG_DIGEST)]
    return seal(facts.number, message.reader, message.content, facts.district, now)


def seal_late(state: State, message: SealPetition, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A clerk has found that a registered item is to be sealed: it leaves, and what opens it here is destroyed.

    Once accepted, its codes are with routing and review and cannot be taken back, even if it was returned since: that
    is refused.
    """
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if state is None or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if isinstance(state, Sealed | Erased) or _was_accepted(state):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    found = facts.reopened
    if found is None:
        raise NotYet  # registered in this very round: its content is not yet in the vault
    sealed = seal(message.petition, found.reader, found.sealed, facts.district, now, found.parts)
    return [*sealed, Keep(Gone(message.petition))]


def _was_accepted(state: Registered | Screened) -> bool:
    return state.accepted > 0 or (isinstance(state, Screened) and state.status == "accepted")


def confirm_hand_over(state: State, message: ConfirmHandOver, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reader says that it has the item, and by the digest which; said again, the first time stands."""
    if facts.actor not in facts.kids:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Sealed) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if facts.actor == state.reader:
        digest, before = state.digest, state.handed_over_at
    elif state.up is not None and facts.actor == state.up.superior:
        digest, before = state.up.digest, state.up.handed_over_at
    else:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.digest != digest:
        return [Refused(RefusalReason.WRONG_DIGEST)]
    return [SealedHandedOver(petition=message.petition, reader=facts.actor, handed_over_at=before or now)]


def report_up(state: State, message: ReportUp, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The principal sends on, sealed for the superior, what was sealed for the principal (规则15)."""
    if facts.actor != principal_of(facts.district).code:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    is_readers = isinstance(state, Sealed) and state.reader == facts.actor
    if not isinstance(state, Sealed) or not is_readers or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.up is not None:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    superior = facts.district.remit.superior
    if not is_sealed_for(message.content, superior, facts.kids):
        return [Refused(RefusalReason.WRONG_KEY)]
    fact = SealedReportedUp(
        petition=message.petition,
        superior=superior,
        reported_at=now,
        digest=digest_of(message.content),
        hand_over_due_at=hand_over_due(facts.district, now),
    )
    envelope = SealedPetition(
        petition=message.petition,
        district=facts.district.code,
        received_at=state.received_at,
        content=message.content,
    )
    return [fact, Seal(superior, envelope)]


def expire_sealed(state: State, message: UpReportDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once what has not happened in time: that the principal reports it up, that its reader confirms to have it.

    Of the first the superior is told as well, who waits for it; of the second the reader alone, for whom it lies there:
    not the office, and not the principal where it went past him.
    """
    if not isinstance(state, Sealed):
        return []
    outputs: list[Output] = []
    due = up_report_due(state)
    if due is not None and due <= now:
        overdue = UpReportOverdue(petition=message.petition, due_at=due)
        outputs += [overdue, Notice(state.reader, overdue), Notice(facts.district.remit.superior, overdue)]
    for reader, until in unconfirmed(state):
        if until <= now:
            reminder = HandOverOverdue(petition=message.petition, reader=reader, due_at=until)
            outputs += [reminder, Notice(reader, reminder)]
    return outputs
