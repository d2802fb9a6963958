"""Whether a name is real (规则25, 30), and returns to the petition office (规则17). Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.intake import CaseTraits, RefusalReason
from xinfang_contracts.notices import NoticeKind
from xinfang_contracts.screening import (
    ApproveReturn,
    PetitionReturned,
    ReporterVerified,
    ReturnRefused,
    ReturnRequested,
    ReturnToPetitionOffice,
    VerifyReporter,
)

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused, is_ours

from ..counted import counted_notices
from ..decide import Facts, petition_offices
from ..state import Registered, Screened, State


def verify(state: State, message: VerifyReporter, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office has asked. It may ask again until the name is confirmed."""
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Registered | Screened) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if state.verified == "confirmed":
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    return [
        ReporterVerified(
            petition=message.petition,
            how=message.how,
            outcome=message.outcome,
            real_name=message.outcome == "confirmed",
            record=message.record,
            on=civil_date(now),
        )
    ]


def request_return(state: State, message: ReturnToPetitionOffice, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The supervision office that has the item would give it back; whoever must agree is told."""
    if refused := _not_returnable(state, message, facts.district):
        return [refused]
    accepted = _accepted(state)
    if facts.actor not in _supervisors(accepted, facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if accepted.return_asked is not None:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = ReturnRequested(
        petition=message.petition, office=facts.actor, ground=message.ground, remarks=message.remarks
    )
    return [fact, *(Notice(one, fact) for one in approvers(facts.district, facts.actor, accepted))]


def approve_return(state: State, message: ApproveReturn, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The leader in charge agrees, and the item is the petition office's again; or does not."""
    if refused := _not_returnable(state, message, facts.district):
        return [refused]
    accepted, district = _accepted(state), facts.district
    asked = accepted.return_asked
    if asked is None:
        return [Refused(RefusalReason.TOO_EARLY)]
    if facts.actor not in approvers(district, asked.office, accepted):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not message.approved:
        refused_fact = ReturnRefused(petition=message.petition, by=facts.actor, remarks=message.remarks)
        return [refused_fact, Notice(asked.office, refused_fact)]
    if not isinstance(accepted.traits, CaseTraits):
        raise ValueError("an accepted petition has the traits of its acceptance")
    fact = PetitionReturned(
        petition=message.petition,
        traits=accepted.traits,
        ground=asked.ground,
        office=asked.office,
        by=facts.actor,
        returned_on=civil_date(now),
        acceptance=max(accepted.accepted, 1),
        remarks=message.remarks,
        notices=counted_notices(accepted, NoticeKind.ACCEPTANCE),
    )
    managers = [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
    told = [asked.office, *petition_offices(district), *managers]
    return [fact, *(Notice(one, fact) for one in told)]


def approvers(district: District, office: str, state: Screened) -> list[str]:
    """Who may agree to a return: of the district file's roles, the first that somebody holds who is not tied.

    An assisting member agrees for the offices that it assists with only; if nobody is left, the principal.
    """
    for role in [*district.remit.return_approvers, LeaderRole.PRINCIPAL]:
        held = [
            leader.code
            for leader in district.leaders_of(role)
            if role is not LeaderRole.ASSISTING_MEMBER or office in leader.offices
        ]
        if free := [one for one in held if one not in state.excluded]:
            return free
    return []


def _not_returnable(
    state: State, message: ReturnToPetitionOffice | ApproveReturn, district: District
) -> Refused | None:
    if not isinstance(state, Screened) or not is_ours(message.petition, district) or state.status != "accepted":
        return Refused(RefusalReason.UNKNOWN_PETITION)
    return Refused(RefusalReason.ALREADY_DECIDED) if state.ended_at is not None else None


def _accepted(state: State) -> Screened:
    if not isinstance(state, Screened):
        raise ValueError("only an accepted petition can be returned")
    return state


def _supervisors(state: Screened, district: District) -> list[str]:
    """The office linked to the handling unit, any where none is; nobody's to return is what a superior has."""
    if state.unit is None:
        # Routing tells the unit and us at once: the office may be quicker.
        raise NotYet
    unit = district.unit(state.unit)
    if unit is None:
        return []
    if unit.linked_office is not None:
        offices = [unit.linked_office]
    else:
        offices = [office.code for office in district.office_of_kind(OfficeKind.SUPERVISION)]
    return [one for one in offices if one not in state.excluded]
