"""审批、实施、归档: the principal's word, the clarification itself, and its file. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.clarification import (
    ApproveClarification,
    CarryOutClarification,
    ClarificationApproved,
    ClarificationFiled,
    ClarificationMade,
    ClarificationRefused,
    ClarificationScope,
    ClarificationWay,
    FileClarification,
)
from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import RefusalReason

from services.runtime.clock import civil_date, end_of
from services.runtime.rules import Output, Refused

from ..facts import Facts
from ..signing.checking import check
from ..signing.trail import linked
from ..state import Concluded, State
from .asking import concluded_for, part_of, settings_of, standing
from .counting import start
from .people import approver, hands, offices, tell
from .state import Clarification, Stage

BASIS = "规则50"
BEFORE_OTHERS = (ClarificationWay.MEETING, ClarificationWay.NOTICE)


@linked
def approve(state: State, message: ApproveClarification, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The principal approves the assessment, or refuses; from then on its clock runs (湖南办法: 15 working days)."""
    case = concluded_for(approver, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    settings = settings_of(facts.district)
    ready: tuple[Stage, ...] = ("checked",) if settings.checked_by_trial else ("assessed", "checked")
    one = standing(case, message.number, *ready)
    if isinstance(one, Refused):
        return [one]
    if one.assessed is None:
        raise ValueError("what was assessed has its assessment")
    signed = check(message, message.signature, facts, case.case.trail, one.assessed.document)
    if isinstance(signed, Refused):
        return [signed]
    if signed is not None and signed.person in _spoken(one, facts):
        return [Refused(RefusalReason.SPOKEN_ALREADY)]
    told = [hands(facts.district, case.case), one.proposed.by, *offices(facts.district, OfficeKind.PETITION)]
    if message.refused is not None:
        refused = ClarificationRefused(
            petition=message.petition,
            number=one.number,
            step="approval",
            by=facts.actor,
            ground=message.refused,
            document=message.document,
            signed=signed,
        )
        return tell(refused, told, case.case, but=facts.actor)
    fact = ClarificationApproved(
        petition=message.petition,
        number=one.number,
        by=facts.actor,
        assessment=one.assessed.document,
        document=message.document,
        clock=start(facts.district, settings.clock, now),
        basis=BASIS,
        signed=signed,
    )
    return tell(fact, told, case.case, but=facts.actor)


def _spoken(one: Clarification, facts: Facts) -> set[str]:
    """Persons of whoever had another part in it: nobody approves what they have handled, assessed or checked.

    The superior, where nobody here is left, has all parts.
    """
    return {person for actor in one.spoken if actor != facts.actor for person in facts.persons_of(actor)}


@linked
def carry_out(state: State, message: CarryOutClarification, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Done: in whatever ways, and always in writing, with a text that the redaction gate has passed."""
    case = concluded_for(hands, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    one = standing(case, message.number, "approved")
    if isinstance(one, Refused):
        return [one]
    if refused := _not_done_right(message, one, case, now):
        return [refused]
    if one.clock is None:
        raise ValueError("what was approved has its clock")
    fact = ClarificationMade(
        petition=message.petition,
        number=one.number,
        by=facts.actor,
        on=message.on,
        ways=list(dict.fromkeys(message.ways)),
        scope=message.scope,
        jointly=list(dict.fromkeys(message.jointly)),
        text=message.text,
        on_time=end_of(message.on) <= one.clock.due_at,
        tell_reporter=case.case.traits.real_name,
    )
    told = [*offices(facts.district, OfficeKind.PETITION), approver(facts.district, case.case)]
    return tell(fact, told, case.case, but=facts.actor)


def _not_done_right(
    message: CarryOutClarification, one: Clarification, case: Concluded, now: datetime
) -> Refused | None:
    if ClarificationWay.WRITING not in message.ways:
        return Refused(RefusalReason.NOT_WRITTEN)
    if message.scope is ClarificationScope.ACCUSED and any(way in message.ways for way in BEFORE_OTHERS):
        return Refused(RefusalReason.CONTRADICTORY)
    if one.clock is None or not civil_date(one.clock.started_at) <= message.on <= civil_date(now):
        return Refused(RefusalReason.WRONG_DATE)
    if part_of(case).texts.get(message.text.document) != message.text.digest:
        return Refused(RefusalReason.NOT_DEPOSITED)
    return None


@linked
def file(state: State, message: FileClarification, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Filed, and with it done: whoever reported under their real name has been told the truth, or was not reached."""
    case = concluded_for(hands, state, message, facts)
    if isinstance(case, Refused):
        return [case]
    one = standing(case, message.number, "made")
    if isinstance(one, Refused):
        return [one]
    if case.case.traits.real_name and message.reporter is None:
        return [Refused(RefusalReason.REPORTER_NOT_TOLD)]
    if one.made is None:
        raise ValueError("what was made has its day")
    fact = ClarificationFiled(
        petition=message.petition,
        number=one.number,
        traits=case.case.traits,
        unit=one.proposed.unit,
        zone=one.proposed.zone,
        cleared=one.proposed.cleared,
        by=facts.actor,
        made_on=one.made.on,
        ways=one.made.ways,
        reporter=message.reporter,
        document=message.document,
        filed_on=civil_date(now),
    )
    return tell(fact, offices(facts.district, OfficeKind.PETITION), case.case, but=facts.actor)
