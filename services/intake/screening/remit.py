"""What screening must hold to beside the clerk's word: remit, transfers down, sub-class, real name, who is told.

Functions of values.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from xinfang_contracts.district import District, OfficeKind, UnitKind
from xinfang_contracts.intake import (
    Acceptance,
    DecidedBy,
    PetitionAccepted,
    RefusalReason,
    ScreenPetition,
    TransferDown,
)
from xinfang_contracts.screening import PetitionMarked, PetitionTransferredDown
from xinfang_contracts.subclasses import SUB_CLASSES

from services.runtime.clock import due_at
from services.runtime.rules import Notice, Output, Refused

from ..state import Registered

_KIND_OF_REMIT = {
    "own": ("accept", "decline", "keep_on_file"),
    "lower": ("transfer_down", "accept"),  # taking up a lower level's item is the organ's right (监察法17)
    "other_organ": ("refer", "decline"),
    "courts": ("refer", "decline"),
}


def refused_remit(message: ScreenPetition) -> Refused | None:
    """Why a clerk's finding on remit cannot stand beside the decision."""
    if message.remit is None:
        return None
    if message.remit == "higher":
        return Refused(RefusalReason.MUST_BE_SEALED)  # 规则15: by SealPetition, whatever else was decided
    fits = message.decision.kind in _KIND_OF_REMIT[message.remit]
    return None if fits else Refused(RefusalReason.CONTRADICTORY)


def refused_findings(decision: Acceptance, state: Registered, district: District) -> Refused | None:
    """Why an acceptance cannot stand: a sub-class of another class, or a real name that is not verified."""
    if decision.sub_class is not None:
        known = SUB_CLASSES.get(decision.sub_class)
        if known is None or known.category is not decision.category or decision.rank not in known.ranks:
            return Refused(RefusalReason.UNKNOWN_SUB_CLASS)
    # 规则30: what was asked and not confirmed is anonymous, whether or not the district demands that it is asked.
    is_wanting = state.verified is None and district.real_name.verification == "required"
    if decision.real_name and (is_wanting or state.verified not in (None, "confirmed")):
        return Refused(RefusalReason.NOT_VERIFIED)
    return None


def marked(state: Registered, message: ScreenPetition) -> PetitionMarked | None:
    """What screening has found that registration did not know; None when nothing."""
    marks = {
        name: mark
        for name in ("skip_level", "visitors")
        if (mark := getattr(message, name)) is not None and getattr(state.traits, name) is None
    }
    if not marks:
        return None
    return PetitionMarked(petition=message.petition, traits=state.traits.model_copy(update=marks), **marks)


def transfer_down(
    number: str,
    state: Registered,
    decision: TransferDown,
    district: District,
    now: datetime,
    decided_by: DecidedBy = "clerk",
) -> Sequence[Output]:
    """转送下级 (规则16): to the unit of the lower organ, which takes it or passes it on within the clock."""
    unit = district.unit(decision.unit)
    if unit is None or unit.kind is UnitKind.ORGAN or unit.code in state.tied:
        return [Refused(RefusalReason.UNKNOWN_UNIT)]
    fact = PetitionTransferredDown(
        petition=number,
        traits=state.traits,
        unit=unit.code,
        basis=decision.basis,
        due_at=due_at(now, district.clocks[district.remit.transfer_clock], district.calendar),
        decided_by=decided_by,
    )
    return [fact, Notice(unit.code, fact)]


def referral_due(district: District, now: datetime) -> datetime | None:
    """By when a referral's answer is looked for; None where the district file names no clock."""
    clock = district.remit.referral_clock
    return None if clock is None else due_at(now, district.clocks[clock], district.calendar)


def told_of_acceptance(fact: PetitionAccepted, district: District) -> list[Output]:
    """规则14: a first-time item goes to the supervision office, and case management is told."""
    if not fact.traits.first_time:
        return []
    managers = [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
    excluded = {*fact.excluded, fact.accused_unit}
    # Who is tied is not for them to see.
    notice = fact.model_copy(update={"excluded": []}) if fact.excluded else fact
    return [Notice(one, notice) for one in [*_supervisors(fact, district), *managers] if one not in excluded]


def _supervisors(fact: PetitionAccepted, district: District) -> Iterable[str]:
    """The office linked to who would handle it; all of them where the organ itself does, or nobody is linked."""
    if fact.traits.rank not in district.handling.own_ranks:
        for unit in district.units:
            is_likely = unit.code == fact.responsible_unit or (
                fact.responsible_unit is None and unit.town is not None and unit.town == fact.traits.town
            )
            if is_likely and unit.linked_office is not None:
                return [unit.linked_office]
    return [office.code for office in district.office_of_kind(OfficeKind.SUPERVISION)]
