"""Who reviews a case: the district's chain with each place filled by somebody who may. Pure."""

from collections.abc import Collection, Sequence
from functools import lru_cache

from xinfang_contracts.district import Chain, District, LeaderRole, OfficeKind, ReviewerRef, Unit

_OFFICES = {
    ReviewerRef.PETITION_OFFICE: OfficeKind.PETITION,
    ReviewerRef.TRIAL_OFFICE: OfficeKind.TRIAL,
    ReviewerRef.CASE_MANAGEMENT_OFFICE: OfficeKind.CASE_MANAGEMENT,
    ReviewerRef.LINKED_OFFICE: OfficeKind.SUPERVISION,
}
_LEADERS = {
    ReviewerRef.ASSISTING_MEMBER: LeaderRole.ASSISTING_MEMBER,
    ReviewerRef.ZONE_LEAD: LeaderRole.DEPUTY_SECRETARY,
    ReviewerRef.DEPUTY_SECRETARY: LeaderRole.DEPUTY_SECRETARY,
    ReviewerRef.PRINCIPAL: LeaderRole.PRINCIPAL,
}


def chain_of(district: District, unit: Unit) -> Chain:
    """The chain that applies to what this unit handles; the district file has one for each kind of unit in it."""
    return next(chain for chain in district.chains if unit.kind in chain.applies_to)


def reviewers(district: District, unit: Unit, excluded: Collection[str]) -> list[list[str]]:
    """Steps of actor codes, in order. Nobody excluded is among them, and nobody stands in them twice.

    An excluded office or leader is replaced by another of the same kind, else by another leader, who has no place of
    their own in the chain: their own signature would be missing, or come too early. Where nobody is left, by the
    superior. A place is dropped only because whoever holds it already has a voice, never because somebody is tied.
    """
    return [list(step) for step in _reviewers(district, unit.code, tuple(sorted(excluded)))]


@lru_cache(maxsize=4096)
def _reviewers(district: District, handler: str, excluded: Collection[str]) -> list[list[str]]:
    """The same few cases as a rule: nobody tied, one of the units. Asked at every opinion."""
    unit = district.unit(handler)
    if unit is None:
        raise ValueError("the handling unit is not in the district file")
    barred = {*excluded, unit.code}
    places = chain_of(district, unit).steps
    holders = {place: _holder(district, unit, place) for step in places for place in step}
    taken: set[str] = set()
    steps = []
    for step in places:
        filled = []
        for place in step:
            actor = holders[place]
            if actor is None or actor in barred:
                actor = _substitute(district, place, barred.union(taken, filter(None, holders.values())))
            if actor not in taken:
                taken.add(actor)
                filled.append(actor)
        if filled:
            steps.append(filled)
    return steps


def _holder(district: District, unit: Unit, place: ReviewerRef) -> str | None:
    """Whose place it is, tied or not."""
    match place:
        case ReviewerRef.LINKED_OFFICE:
            return unit.linked_office
        case ReviewerRef.ZONE_LEAD:
            zone = district.zone_of(unit)
            return zone.lead if zone else None
        case ReviewerRef.ASSISTING_MEMBER:
            members = district.leaders_of(LeaderRole.ASSISTING_MEMBER)
            return next((member.code for member in members if unit.linked_office in member.offices), None)
        case _:
            return next(iter(_same_kind(district, place)), None)


def _substitute(district: District, place: ReviewerRef, barred: Collection[str]) -> str:
    candidates = [*_same_kind(district, place), *(leader.code for leader in district.leaders)]
    return next((actor for actor in candidates if actor not in barred), district.remit.superior)


def _same_kind(district: District, place: ReviewerRef) -> Sequence[str]:
    if place in _OFFICES:
        return [office.code for office in district.office_of_kind(_OFFICES[place])]
    return [leader.code for leader in district.leaders_of(_LEADERS[place])]
