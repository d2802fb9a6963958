"""Review's rules: the report, opinions side by side, signatures one after another, return and conclusion."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.review import (
    CaseConcluded,
    CaseSettled,
    GiveOpinion,
    OpinionGiven,
    RecordSettlement,
    ReportReturned,
    ReportSubmitted,
    ReturnReason,
    ReturnsWithdrawn,
    SubmitReport,
)
from xinfang_contracts.routing import CaseAssigned, CaseWithdrawn
from xinfang_contracts.signing import Signed
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused, is_ours

from .chain import chain_of, reviewers
from .facts import Facts
from .signing.checking import check
from .signing.trail import linked
from .state import Above, Awaiting, Concluded, Handled, State, UnderReview, Withdrawn, returns_of


def open_case(state: State, message: CaseAssigned, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A case is assigned; its unit's first report is awaited. Assigned anew, it waits for the earlier withdrawal."""
    if isinstance(state, Awaiting | UnderReview | Above) and message.acceptance > state.case.acceptance:
        raise NotYet
    return []


def withdraw(state: State, message: CaseWithdrawn, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """规则17: the case is given up; nobody reviews it any more, and what was returned of it counts no longer."""
    if state is None and message.unit.startswith("superior"):
        # Sent up before any unit had it: review never heard of it.
        return []
    if state is None or message.acceptance > state.case.acceptance:
        raise NotYet
    is_given_up = isinstance(state, Awaiting | UnderReview | Above) and message.acceptance == state.case.acceptance
    if not is_given_up or not state.case.traits.counted:
        return []
    return [
        ReturnsWithdrawn(
            petition=message.petition,
            unit=unit,
            returned_on=days,
            withdrawn_on=message.withdrawn_on,
            acceptance=message.acceptance,
        )
        for unit, days in returns_of(state.case).items()
    ]


def hear_track(state: State, message: TrackOpened | TrackRecorded, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A track beside discipline was opened, or stands otherwise: the matter rests only when it is done as well."""
    if state is None or message.acceptance > state.case.acceptance:
        raise NotYet
    return []


@linked
def submit_report(state: State, message: SubmitReport, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit hands in the version that is awaited; the first step of the chain is told."""
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
    submitted = ReportSubmitted(
        petition=message.petition,
        version=message.version,
        unit=facts.actor,
        outcome=message.outcome,
        recovered_yuan=message.recovered_yuan,
        report=message.report,
    )
    return [submitted, *tell(steps_of(facts.district, state.case)[0], submitted)]


@linked
def give_opinion(state: State, message: GiveOpinion, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """One voice on the version under review: it agrees, or the report goes back. A stranger learns nothing."""
    if not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if isinstance(state, Above):
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
    signed = check(message, message.signature, facts, state.case.trail, state.report)
    if isinstance(signed, Refused):
        return [signed]
    if signed is not None and signed.person in {*state.persons.values(), *facts.persons_of(state.case.unit)}:
        # One person, one voice, whatever offices they belong to; and nobody reviews what they have handled.
        return [Refused(RefusalReason.SPOKEN_ALREADY)]
    if message.returned is not None:
        return _return(state, message, message.returned, signed, facts.actor, steps[place])
    return _agree(state, message, signed, facts, steps, place, now)


def _return(
    state: UnderReview,
    message: GiveOpinion,
    reason: ReturnReason,
    signed: Signed | None,
    actor: str,
    step: list[str],
) -> Sequence[Output]:
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
) -> Sequence[Output]:
    given = OpinionGiven(
        petition=message.petition,
        version=state.version,
        actor=facts.actor,
        step=place + 1,
        remarks=message.remarks,
        report=state.report,
        signed=signed,
    )
    after = current(steps, [*state.given, facts.actor])
    if after == place:
        return [given]
    if after < len(steps):
        return [given, *tell([one for one in steps[after] if one not in state.given], given)]
    return [given, *conclude(message.petition, state, facts, now)]


def conclude(petition: str, state: UnderReview, facts: Facts, now: datetime) -> Sequence[Output]:
    """办结: everybody has spoken; the unit and the petition office are told."""
    unit = facts.district.unit(state.case.unit)
    if unit is None:
        raise ValueError("the handling unit is not in the district file")
    chain = chain_of(facts.district, unit)
    concluded = CaseConcluded(
        petition=petition,
        traits=state.case.traits,
        unit=state.case.unit,
        zone=state.case.zone,
        chain=chain.code,
        jointly_reviewed=chain.joint,
        version=state.version,
        outcome=state.outcome,
        recovered_yuan=state.recovered_yuan,
        concluded_on=civil_date(now),
        returned_for=list(state.case.quality.returned_for) if state.case.quality else [],
        demanded=steps_of(facts.district, state.case),
    )
    offices = [office.code for office in facts.district.office_of_kind(OfficeKind.PETITION)]
    told = [one for one in [state.case.unit, *offices] if one not in state.case.excluded]
    return [concluded, *tell(told, concluded)]


def settle(state: State, message: RecordSettlement, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reporter has confirmed that the matter rests; only a concluded case can, with no other track open."""
    if not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state is None:
        raise NotYet
    if facts.actor in state.case.excluded:
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    petition_office = {office.code for office in facts.district.office_of_kind(OfficeKind.PETITION)}
    if facts.actor != state.case.unit and facts.actor not in petition_office:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Concluded):
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if state.settled:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    case = state.case
    if still_open := [track for track, is_open in case.tracks.items() if is_open]:
        return [Refused(RefusalReason.TRACK_OPEN, details=tuple(still_open))]
    return [
        CaseSettled(
            petition=message.petition,
            traits=case.traits,
            unit=case.unit,
            zone=case.zone,
            settled_on=civil_date(now),
        )
    ]


def steps_of(district: District, case: Handled) -> list[list[str]]:
    """Who reviews the case, step by step."""
    unit = district.unit(case.unit)
    if unit is None:
        raise ValueError("the handling unit is not in the district file")
    return reviewers(district, unit, case.excluded)


def current(steps: list[list[str]], given: Iterable[str]) -> int:
    """The first step in which somebody has not spoken; the number of steps when all have."""
    spoken = set(given)
    return next((i for i, step in enumerate(steps) if not spoken.issuperset(step)), len(steps))


def tell(actors: Iterable[str], fact: Message) -> list[Output]:
    """A notice to each."""
    return [Notice(actor, fact) for actor in actors]
