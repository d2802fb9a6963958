"""Out of remit, and followed up until answered (引导、联系、协调、督办); what went to a lower organ likewise (规则16).

Functions of values.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Form, Message, Moment, PetitionNumber
from xinfang_contracts.screening import (
    RecordReferralStep,
    ReferralOverdue,
    ReferralStepTaken,
    TakeTransfer,
    TransferTaken,
)

from services.runtime.clock import civil_date
from services.runtime.clock import due_at as clock_ends
from services.runtime.rules import Notice, Output, Refused, is_ours

from ..decide import Facts, petition_offices
from ..state import Screened, State

CLOSED = ("returned", "answered")
"""Answers after which nothing is waited for."""


class ReferralDue(Message):
    """The time to answer a referral has run out: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber
    due_at: Moment


def record_step(state: State, message: RecordReferralStep, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office has done something about a referral, or has learnt that it was answered."""
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not is_ours(message.petition, facts.district) or not isinstance(state, Screened):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    follow_up, receiver = state.follow_up, state.receiver
    if follow_up is None or receiver is None or _is_lower(state, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.answer in CLOSED:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    return [
        ReferralStepTaken(
            petition=message.petition,
            traits=state.traits,
            receiver=receiver,
            step=message.step,
            first=not follow_up.steps and message.step != "answered",
            referred_on=follow_up.referred_on,
            on=min(message.on, civil_date(now)),
            document=message.document,
        )
    ]


def take_transfer(state: State, message: TakeTransfer, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit of the lower organ has accepted what was transferred to it, or passes it on; the next one has as long.

    To everybody else it is as if there were nothing.
    """
    district = facts.district
    if not is_ours(message.petition, district) or not isinstance(state, Screened):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.follow_up is None or state.receiver != facts.actor:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.answer is not None:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    to = message.passed_to
    if to is not None and (to == facts.actor or district.unit(to) is None or to in state.excluded):
        return [Refused(RefusalReason.UNKNOWN_UNIT)]
    fact = TransferTaken(
        petition=message.petition,
        unit=facts.actor,
        passed_to=to,
        due_at=None
        if to is None
        else clock_ends(now, district.clocks[district.remit.transfer_clock], district.calendar),
        on=civil_date(now),
    )
    return [fact, *(Notice(one, fact) for one in [*petition_offices(district), *([to] if to else [])])]


def expire_referral(state: State, message: ReferralDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say that no answer has come: to the office, and to the receiver where it has the number.

    Again after each further clock, as often as the district file says: it stays unanswered in the figures after that.
    """
    if not isinstance(state, Screened) or state.follow_up is None or state.receiver is None:
        return []
    follow_up, district = state.follow_up, facts.district
    if follow_up.due_at is None or follow_up.due_at > now:
        return []
    times, clock = follow_up.times + 1, district.clocks[clock_of(state, district)]
    fact = ReferralOverdue(
        petition=message.petition,
        receiver=state.receiver,
        due_at=follow_up.due_at,
        times=times,
        next_at=clock_ends(now, clock, district.calendar) if times < district.remit.referral_reminders else None,
        basis=clock.basis,
    )
    return [fact, *(Notice(one, fact) for one in [*petition_offices(district), *reminded(state, district)])]


def clock_of(state: Screened, district: District) -> str:
    """By which clock of the district file an answer is looked for."""
    # A district file that no longer names a clock must not leave what is due standing for ever.
    return (None if _is_lower(state, district) else district.remit.referral_clock) or district.remit.transfer_clock


def _is_lower(state: Screened, district: District) -> bool:
    return state.receiver is not None and district.unit(state.receiver) is not None


def reminded(state: Screened, district: District) -> list[str]:
    """The lower organ's unit; the receiver's system, but only of a letter: it was never told of anything else."""
    if _is_lower(state, district):
        return [str(state.receiver)]
    if state.traits.form is not Form.LETTER:
        return []
    return [one.partner for one in district.receivers if one.code == state.receiver and one.partner is not None]
