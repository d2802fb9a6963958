"""提出、评估: a clarification is proposed or applied for, assessed, and its facts are checked. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.clarification import (
    AssessClarification,
    CheckClarification,
    ClarificationAssessed,
    ClarificationChecked,
    ClarificationProposed,
    ClarificationRefused,
    ProposeClarification,
    RecordClarificationApplication,
)
from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.vault import DocumentDeposited

from services.runtime.clock import civil_date
from services.runtime.rules import Output, Refused

from ..facts import Facts
from ..signing.trail import linked
from ..state import Concluded, State
from .asking import UNFOUNDED, concluded_for, part_of, settings_of, standing
from .people import approver, checker, hands, offices, receiver, tell

MOST = 99


def hear_text(state: State, message: DocumentDeposited, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A text has passed the redaction gate as a clarification. Nothing is said; the case remembers it."""
    return []


@linked
def propose(state: State, message: ProposeClarification, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """By whoever has handled the case, once it is concluded as unfounded, in part or whole; the accused was asked."""
    case = concluded_for(hands, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    return _proposed(case, message, facts)


@linked
def apply(state: State, message: RecordClarificationApplication, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The accused has asked for it in writing; the petition office takes it in, and whoever handled it assesses it."""
    case = concluded_for(receiver, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    if message.applied_on > civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    return _proposed(case, message, facts)


def _proposed(
    state: Concluded, message: ProposeClarification | RecordClarificationApplication, facts: Facts
) -> Sequence[Output]:
    if state.outcome not in UNFOUNDED:
        return [Refused(RefusalReason.NOT_UNFOUNDED)]
    number = len(part_of(state).items) + 1
    if number > MOST:
        return [Refused(RefusalReason.CAP_REACHED)]
    fact = ClarificationProposed(
        petition=message.petition,
        number=number,
        unit=state.case.unit,
        zone=state.case.zone,
        cleared=message.cleared,
        grounds=list(dict.fromkeys(message.grounds)),
        by=facts.actor,
        accused_agrees=message.accused_agrees if isinstance(message, ProposeClarification) else None,
        applied_on=message.applied_on if isinstance(message, RecordClarificationApplication) else None,
        document=message.document,
    )
    told = [hands(facts.district, state.case), receiver(facts.district, state.case)]
    return tell(fact, told, state.case, but=facts.actor)


@linked
def assess(state: State, message: AssessClarification, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Fit, and on to whoever checks or approves; or refused on a ground that the district's list has."""
    case = concluded_for(hands, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    one = standing(case, message.number, "proposed")
    if isinstance(one, Refused):
        return [one]
    settings = settings_of(facts.district)
    if message.refused is not None:
        if message.refused not in {ground.code for ground in settings.refusals}:
            return [Refused(RefusalReason.UNKNOWN_GROUND)]
        refused = ClarificationRefused(
            petition=message.petition,
            number=one.number,
            step="assessment",
            by=facts.actor,
            ground=message.refused,
            document=message.document,
        )
        told = [one.proposed.by, *offices(facts.district, OfficeKind.PETITION), approver(facts.district, case.case)]
        return tell(refused, told, case.case, but=facts.actor)
    fact = ClarificationAssessed(
        petition=message.petition, number=one.number, by=facts.actor, document=message.document
    )
    asked = checker if settings.checked_by_trial else approver
    return tell(fact, [asked(facts.district, case.case)], case.case, but=facts.actor)


@linked
def check_facts(state: State, message: CheckClarification, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The trial office agrees, and the principal is asked; or it is assessed anew."""
    case = concluded_for(checker, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    if not settings_of(facts.district).checked_by_trial:
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    one = standing(case, message.number, "assessed")
    if isinstance(one, Refused):
        return [one]
    if one.assessed is None:
        raise ValueError("what was assessed has its assessment")
    fact = ClarificationChecked(
        petition=message.petition,
        number=one.number,
        by=facts.actor,
        agrees=message.agrees,
        assessment=one.assessed.document,
        document=message.document,
    )
    asked = approver if message.agrees else hands
    return tell(fact, [asked(facts.district, case.case)], case.case, but=facts.actor)
