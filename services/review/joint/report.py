"""核查报告: the unit hands in the version that is awaited, and it must not contradict itself. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.reporting import Asking, Disposal, Measure
from xinfang_contracts.review import Outcome, ReportSubmitted, SubmitReport

from services.runtime.errors import NotYet
from services.runtime.rules import Output, Refused, is_ours

from ..facts import Facts
from ..signing.trail import linked
from ..state import Awaiting, Handled, State, UnderReview
from .places import ask, steps_of, tell
from .state import said_of

_FOUND = (Outcome.PROVED, Outcome.PARTLY_PROVED)
_FAULT = frozenset(Measure) - {Measure.NONE, Measure.RECTIFIED, Measure.OTHER, Measure.CRITICISED_EDUCATED}
"""Measures that say that somebody was found at fault."""


@linked
def submit_report(state: State, message: SubmitReport, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit hands in the version that is awaited; the first step of the chain is asked."""
    if not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if facts.actor != state.case.unit:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Awaiting):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if message.version != state.version:
        return [Refused(RefusalReason.WRONG_VERSION)]
    if at_odds := contradictions(message, state.case):
        return [Refused(RefusalReason.CONTRADICTORY, details=tuple(at_odds))]
    first = steps_of(facts.district, state.case)[0]
    submitted = ReportSubmitted(
        petition=message.petition,
        version=message.version,
        unit=facts.actor,
        outcome=message.outcome,
        recovered_yuan=message.recovered_yuan,
        report=message.report,
        disposal=message.disposal,
        measures=message.measures,
        form=message.form,
        substance=message.substance,
        attachments=message.attachments,
        asking=ask(first, facts.district, now),
    )
    return [submitted, *tell(first, submitted)]


def contradictions(report: SubmitReport, case: Handled) -> list[str]:
    """The codes that cannot stand together; none where nothing contradicts. What is not said contradicts nothing."""
    measures, outcome = report.measures, report.outcome
    if len(set(measures)) < len(measures):
        return ["measures", next(one for one in measures if measures.count(one) > 1)]
    if Measure.NONE in measures and len(measures) > 1:
        return ["none", next(one for one in measures if one is not Measure.NONE)]
    if outcome not in _FOUND and (fault := next((one for one in measures if one in _FAULT), None)):
        return [outcome, fault]
    # 四种形态 from the second on answer a fault that was found; the first one is the talk itself.
    if outcome not in _FOUND and (report.form or 1) > 1:
        return [outcome, "form"]
    if report.disposal is Disposal.SHELVED and outcome is not Outcome.NOT_PROVABLE:
        return ["shelved", outcome]
    if report.disposal is Disposal.SHELVED and (done := next((one for one in measures if one is not Measure.NONE), "")):
        return ["shelved", done]
    return _of_tracks(report, case)


def _of_tracks(report: SubmitReport, case: Handled) -> list[str]:
    """Routing's word on the substance track stands: it was opened or not, is in hand, or has ended in one way."""
    said = report.substance
    if said is None:
        return []
    if "substance" not in case.tracks:
        return ["substance", "not_opened"]
    stands = "in_hand" if case.tracks["substance"] else case.ends.get("substance", said)
    return [] if said == stands else ["substance", said, stands]


def again(petition: str, state: UnderReview, asking: Asking) -> ReportSubmitted:
    """The version under review, for somebody who is asked later than the others."""
    return ReportSubmitted.model_validate(
        {
            "petition": petition,
            "version": state.version,
            "unit": state.case.unit,
            "outcome": state.outcome,
            "recovered_yuan": state.recovered_yuan,
            "report": state.report,
            "attachments": state.attachments,
            "asking": asking,
            "link": state.submitted,
            **said_of(state.found),
        }
    )
