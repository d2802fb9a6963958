"""Opinions side by side, signatures one after another, return and conclusion. Functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.review import CaseConcluded, GiveOpinion, OpinionGiven, ReportReturned, ReturnReason
from xinfang_contracts.signing import Signed

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Answer, Keep, Output, Refused, is_ours

from ..after.beginning import follow_on, send_up
from ..chain import chain_of
from ..facts import Facts
from ..signing.checking import check
from ..signing.trail import linked
from ..state import Above, Awaiting, Concluded, State, UnderReview, Withdrawn
from .late import late
from .places import ask, current, offices, steps_of, tell
from .state import said_of


@dataclass(frozen=True, slots=True)
class Demanded:
    """Whose voices a conclusion rests on: the chain as it was filled then. The store compares it with who spoke."""

    petition: str
    version: int
    actors: tuple[str, ...]


@linked
def give_opinion(state: State, message: GiveOpinion, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """One voice on the version under review: it agrees, or the report goes back. A stranger learns nothing."""
    if not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if isinstance(state, Above) or facts.district.unit(state.case.unit) is None:
        # It is with the superior, or was when it was given up.
        return [Refused(RefusalReason.NOT_ENTITLED)]
    steps = steps_of(facts.district, state.case)
    place = next((i for i, step in enumerate(steps) if facts.actor in step), None)
    if place is None:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if isinstance(state, Concluded | Withdrawn):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if message.version != state.version:
        return [Refused(RefusalReason.WRONG_VERSION)]
    if isinstance(state, Awaiting):
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if facts.actor in state.given:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if place != current(steps, state.given):
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if message.returned is ReturnReason.OTHER and message.remarks is None:
        return [Refused(RefusalReason.NO_REMARKS)]
    signed = check(message, message.signature, facts, state.case.trail, state.report)
    if isinstance(signed, Refused):
        return [signed]
    if signed is not None and signed.person in _barred(state, facts):
        return [Refused(RefusalReason.SPOKEN_ALREADY)]
    if message.returned is not None:
        outputs = _return(state, message, message.returned, signed, facts.actor, steps[place])
    else:
        outputs = _agree(state, message, signed, facts, steps, place, now)
    # The tick may be late or lost: that somebody spoke after their day is said all the same.
    said = late(state, message.petition, facts.district, now)
    answer = next(Answer(one) for one in outputs if isinstance(one, Message))
    return [*said, *outputs, answer] if said else outputs


def _barred(state: UnderReview, facts: Facts) -> set[str]:
    """One person, one voice, whatever offices they belong to; nobody reviews what they handled or are tied to."""
    tied = {person for actor in state.case.excluded for person in facts.persons_of(actor)}
    return {*state.persons.values(), *facts.persons_of(state.case.unit), *tied}


def _return(
    state: UnderReview,
    message: GiveOpinion,
    reason: ReturnReason,
    signed: Signed | None,
    actor: str,
    step: list[str],
) -> list[Output]:
    back = ReportReturned(
        petition=message.petition,
        version=state.version,
        actor=actor,
        unit=state.case.unit,
        reason=reason,
        remarks=message.remarks,
        counted=state.case.traits.counted,
        signed=signed,
    )
    side_by_side = [one for one in step if one != actor]
    return [back, *tell([state.case.unit, *side_by_side], back)]


def _agree(
    state: UnderReview,
    message: GiveOpinion,
    signed: Signed | None,
    facts: Facts,
    steps: list[list[str]],
    place: int,
    now: datetime,
) -> list[Output]:
    after = current(steps, [*state.given, facts.actor])
    called = [one for one in steps[after] if one not in state.given] if place != after < len(steps) else []
    given = OpinionGiven(
        petition=message.petition,
        version=state.version,
        actor=facts.actor,
        step=place + 1,
        remarks=message.remarks,
        report=state.report,
        asking=ask(called, facts.district, now) if called else None,
        signed=signed,
    )
    if after < len(steps):
        return [given, *tell(called, given)]
    return [given, *conclude(message.petition, state, facts, now)]


def conclude(petition: str, state: UnderReview, facts: Facts, now: datetime) -> Sequence[Output]:
    """办结: everybody has spoken; the unit and the petition office are told."""
    unit = facts.district.unit(state.case.unit)
    if unit is None:
        raise ValueError("the handling unit is not in the district file")
    chain, steps = chain_of(facts.district, unit), steps_of(facts.district, state.case)
    voices = tuple(actor for step in steps for actor in step)
    concluded = CaseConcluded.model_validate(
        {
            "petition": petition,
            "traits": state.case.traits,
            "unit": state.case.unit,
            "zone": state.case.zone,
            "chain": chain.code,
            "jointly_reviewed": chain.joint,
            "version": state.version,
            "outcome": state.outcome,
            "recovered_yuan": state.recovered_yuan,
            "concluded_on": civil_date(now),
            "acceptance": state.case.acceptance,
            "demanded": steps,
            "returned_for": state.case.quality.returned_for if state.case.quality else (),
            **said_of(state.found),
            **follow_on(state.case, state.outcome, voices, facts.district, now),
        }
    )
    # Whose place was filled by another would tell the unit who is tied.
    shown = concluded.model_copy(update={"demanded": None})
    excluded, petition_offices = state.case.excluded, offices(facts.district, OfficeKind.PETITION)
    notices = [
        *tell([one for one in [state.case.unit] if one not in excluded], shown),
        *tell([one for one in petition_offices if one not in excluded], concluded),
    ]
    up = send_up(state, concluded, voices, facts.district)
    return [concluded, Keep(Demanded(petition, state.version, voices)), *notices, *up]
