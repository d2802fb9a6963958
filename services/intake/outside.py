"""What other systems say of a petition: answers to referrals, results, superiors' decisions; and the receiving clock.

Whoever has no business with a petition is answered as if it were not there. Functions of values.
"""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import District, Partner
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message, Moment, PetitionNumber
from xinfang_contracts.outside import (
    AnswerReferral,
    DecideAbove,
    OutsideResultRecorded,
    RecordOutsideResult,
    ReferralAnswered,
    SuperiorDecided,
    TransferOverdue,
)
from xinfang_contracts.screening import ReferralReturned, ReferralStepTaken

from services.runtime.clock import civil_date
from services.runtime.rules import Notice, Output, Refused, is_ours

from .decide import Facts, petition_offices
from .state import Registered, Screened, State, due_at
from .vault.readership import barred

JUDICIAL = ("court", "police", "procuratorate")


class TransferDue(Message):
    """The time to take an item from above has run out: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber
    due_at: Moment


def answer_referral(state: State, message: AnswerReferral, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The receiver of a referral has taken it, returned it or answered it; only taken may be followed by another.

    What comes back is the petition office's again, to be screened anew: it is told, and nobody else has the item.
    """
    district, receivers = facts.district, _receivers(facts.district, facts.actor)
    if not receivers:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Screened) or state.receiver is None or not is_ours(message.petition, district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.receiver not in receivers:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.answer in ("returned", "answered", message.outcome):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = ReferralAnswered(
        petition=message.petition,
        partner=facts.actor,
        receiver=state.receiver,
        outcome=message.outcome,
        on=message.on,
        document=message.document,
    )
    if message.outcome == "returned":
        return [*_tell_offices(fact, district), *_screen_anew(state, message, state.receiver, facts, now)]
    if message.outcome != "answered" or state.follow_up is None:
        return _tell_offices(fact, district)
    step = ReferralStepTaken(
        petition=message.petition,
        traits=state.traits,
        receiver=state.receiver,
        step="answered",
        first=False,
        referred_on=state.follow_up.referred_on,
        on=message.on,
        document=message.document,
    )
    return [*_tell_offices(fact, district), step]


def _screen_anew(state: Screened, message: AnswerReferral, receiver: str, facts: Facts, now: datetime) -> list[Output]:
    if state.follow_up is None:
        return []  # referred before referrals were followed up: it stays with the answer that it was given
    fact = ReferralReturned(
        petition=message.petition,
        traits=state.traits,
        receiver=receiver,
        referred_on=state.follow_up.referred_on,
        followed_up=any(step != "answered" for step in state.follow_up.steps),
        returned_on=civil_date(now),
    )
    return [fact, *(Notice(office, fact) for office in petition_offices(facts.district))]


def record_result(state: State, message: RecordOutsideResult, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A court, the police or the procuratorate say what has come of a petition.

    Of one that was referred to them, or of any that is accepted: its number is nowhere to be had but from the organ,
    and a result that is refused for want of a referral would be lost. Several may follow each other.
    """
    partner = _partner(facts.district, facts.actor)
    if partner is None or partner.kind not in JUDICIAL:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Screened) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.status != "accepted" and state.receiver not in _receivers(facts.district, facts.actor):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    fact = OutsideResultRecorded(
        petition=message.petition, partner=facts.actor, kind=message.kind, on=message.on, document=message.document
    )
    return _tell_offices(fact, facts.district)


def decide_above(state: State, message: DecideAbove, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A superior has decided. It may take up whatever is here; the rest is about a case, and needs one."""
    if facts.actor not in {superior.code for superior in facts.district.superiors}:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Registered | Screened) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if message.matter != "take_up":
        if isinstance(state, Registered):
            return [Refused(RefusalReason.NOT_YOUR_TURN)]
        if state.status != "accepted":
            return [Refused(RefusalReason.ALREADY_DECIDED)]
    if not _names_its_unit(message, facts.district):
        return [Refused(RefusalReason.UNKNOWN_UNIT)]
    if message.unit is not None and message.unit in barred(state):
        return [Refused(RefusalReason.TIED)]
    is_case = isinstance(state, Screened) and state.status == "accepted"
    fact = SuperiorDecided(
        petition=message.petition,
        superior=facts.actor,
        matter=message.matter,
        approved=message.approved,
        unit=message.unit,
        on=message.on,
        acceptance=max(state.accepted, 1) if is_case else None,
        until=message.until,
    )
    return _tell_offices(fact, facts.district)


def expire_transfer(state: State, message: TransferDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once, to the petition office, that an item from above was not screened in time (规则16)."""
    due = due_at(state)
    if not isinstance(state, Registered) or due is None or due > now:
        return []
    return _tell_offices(TransferOverdue(petition=message.petition, due_at=due), facts.district)


def _names_its_unit(message: DecideAbove, district: District) -> bool:
    if message.matter != "designate_unit":
        return message.unit is None
    return district.unit(message.unit) is not None if message.unit else not message.approved


def _tell_offices(fact: Message, district: District) -> list[Output]:
    return [fact, *(Notice(office, fact) for office in petition_offices(district))]


def _partner(district: District, actor: str) -> Partner | None:
    return next((one for one in district.partners if one.code == actor), None)


def _receivers(district: District, partner: str) -> set[str]:
    """The receivers for which a partner speaks."""
    return {one.code for one in district.receivers if one.partner == partner}
