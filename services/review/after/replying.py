"""What the reporter says of the result (规则27), and the result that goes up (规则23). Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.after import (
    AnswerObjection,
    ObjectionAnswered,
    RecordView,
    ResultSentUp,
    SendResultUp,
    ViewRecorded,
)
from xinfang_contracts.intake import RefusalReason

from services.runtime.clock import civil_date
from services.runtime.rules import Output, Refused

from ..facts import Facts
from ..signing.checking import check
from ..signing.trail import linked
from ..state import Concluded, State
from .people import NOT_YOUR_TURN, after_of, concluded, entering, known, leading, petition_offices, tell
from .reopening import reopened


@linked
def record_view(state: State, message: RecordView, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则27: an objection is written down, new evidence checked: the case is reopened.

    So it is when the reporter objects to what had come to rest: they have come back. The words are in the vault.
    """
    found = concluded(state, message, facts, entering)
    if isinstance(found, Refused):
        return [found]
    if (message.objection or message.new_evidence) and message.document is None:
        return [Refused(RefusalReason.NO_PROOF)]
    case = found.case
    fact = ViewRecorded(
        petition=message.petition,
        view=message.view,
        unit=case.unit,
        zone=case.zone,
        on=civil_date(now),
        objection=message.objection,
        new_evidence=message.new_evidence,
        by=facts.actor,
        document=message.document,
        replaces=after_of(case).view,
        counted=case.traits.counted,
    )
    said = tell(fact, entering(case, facts.district), case, facts.actor)
    if found.given_up:
        return said
    if message.new_evidence:
        return [*said, *reopened(found, message.petition, "new_evidence", facts, now, document=message.document)]
    if message.objection and (found.settled or after_of(case).lapsed_on):
        return [*said, *reopened(found, message.petition, "returned", facts, now, document=message.document)]
    return said


@linked
def answer_objection(state: State, message: AnswerObjection, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则27: the objection is explained; also while the case is checked again. All that are open are answered."""
    found = known(state, message, facts, entering)
    if isinstance(found, Refused):
        return [found]
    raised = after_of(found.case).open_objections
    if not raised:
        return [NOT_YOUR_TURN]
    case = found.case
    fact = ObjectionAnswered(
        petition=message.petition,
        unit=case.unit,
        zone=case.zone,
        on=civil_date(now),
        raised=raised,
        by=facts.actor,
        document=message.document,
        counted=case.traits.counted,
    )
    return tell(fact, entering(case, facts.district), case, facts.actor)


@linked
def send_result_up(state: State, message: SendResultUp, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则23: the principal approves what the chain did not bring before them."""
    found = concluded(state, message, facts, leading)
    if isinstance(found, Refused):
        return [found]
    if not after_of(found.case).unsent or found.outcome is None or found.concluded_on is None:
        return [Refused(RefusalReason.ALREADY_DECIDED) if _is_sent(found) else NOT_YOUR_TURN]
    signed = check(message, message.signature, facts, found.case.trail, None)
    if isinstance(signed, Refused):
        return [signed]
    fact = ResultSentUp(
        petition=message.petition,
        superior=facts.district.remit.superior,
        version=found.version,
        outcome=found.outcome,
        concluded_on=found.concluded_on,
        sent_on=civil_date(now),
        approved_by=facts.actor,
        signed=signed,
    )
    told = [fact.superior, found.case.unit, *petition_offices(facts.district)]
    return tell(fact, told, found.case, facts.actor)


def _is_sent(state: Concluded) -> bool:
    """What came from above and waits no more has gone up."""
    return state.case.traits.transferred
